// The preflight of a migration by itself, for `transship doctor registry`: everything that decides and needs neither the whole
// content nor a push. What cannot be looked at is a finding like any other, so that all are shown at once.

import type { RegistryEntry, StorageEntry } from '../../contracts/inventory.ts';
import { FAILURES } from '../../contracts/failures.ts';
import type { MigrationPath } from '../../contracts/names.ts';
import type { Finding } from '../../contracts/finding.ts';
import type { Examination } from '../../contracts/plan.ts';
import type { RegistryState } from '../../contracts/registry-activities.ts';
import type { AccessCheck } from '../../contracts/storage-activities.ts';
import { findingText, isStopping, notes, stops, warns, worstFirst } from '../../domain/finding.ts';
import { judgeHosts } from '../../domain/migration/judge-hosts.ts';
import { judgeRegistry } from '../../domain/migration/judge-registry.ts';
import { judgeAccess, judgeDestination } from '../../domain/migration/judge-storage.ts';
import { judgeEarlierUse } from '../../domain/migration/earlier-use.ts';
import { judgePlaces } from '../../domain/registries/place.ts';
import type { Move } from '../../domain/registries/product.ts';
import { productOf } from '../../domain/registries/products.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { lookAtDestination } from '../copying/claim-destination.ts';
import type { Environment } from '../environment.ts';
import { checkStorage } from '../inspection/check-storage.ts';
import { lookAtHosts } from '../inspection/look-at-host.ts';
import { jobFolder } from '../journal/keys.ts';
import { findUnresumed, unresumedFinding } from './collection.ts';
import { openRegistry } from './open-registry.ts';

const PATHS: MigrationPath[] = ['best-practice', 'read-only'];

/** `destination` null: the registry alone. `InvalidInput` for names that the inventory does not have. */
export async function examineRegistry(
  environment: Environment,
  { registry: name, destination }: { registry: string; destination: string | null },
  meter: Meter,
): Promise<Examination> {
  const { storages, journal: journalName } = environment.inventory;
  const registry = await openRegistry(environment, name, meter);
  const entry = environment.inventory.registries[name]!;
  const source = { name: entry.storage, entry: storages[entry.storage]! };
  const target = destination === null ? null : { name: destination, entry: storageOf(storages, destination) };
  const findings: Finding[] = [];
  const seen = async <T>(what: string, look: () => Promise<T>): Promise<T | null> => {
    try {
      return await look();
    } catch (error) {
      meter.signal.throwIfAborted();
      if (!(error instanceof TransshipError)) throw error;
      findings.push(stops(`${what} cannot be looked at: ${error.message}.`, FAILURES[error.type].advice));
      return null;
    }
  };
  const hosts = hostsOf(entry);
  try {
    const [state, sourceCheck, targetCheck, claimable] = await Promise.all([
      seen('The registry', async () => registry.inspect(target === null ? {} : { destination: target.name })),
      seen(`The source ${source.name}`, async () =>
        checkStorage(environment, { storage: source.name, writable: false }, meter),
      ),
      target === null
        ? null
        : seen(`The destination ${target.name}`, async () =>
            checkStorage(environment, { storage: target.name, writable: true, hosts }, meter),
          ),
      target === null
        ? null
        : seen('What the journal says of the destination', async () => {
            const names = { source: source.name, destination: target.name };
            const [journal, from, to] = await Promise.all(
              [journalName, names.source, names.destination].map((one) => environment.openStorage(one)),
            );
            const job = jobFolder('check', { storage: `registry-${name}` });
            const sides = { journal: journal!, source: from!, destination: to! };
            return await lookAtDestination(sides, { job, ...names }, meter);
          }),
    ]);
    const looks =
      targetCheck?.hosts ??
      (await seen('The hosts', async () => lookAtHosts(environment, hosts, null, meter.signal)));
    findings.push(...judgeHosts(looks ?? [], { destination: target?.entry ?? null, needsHosts: false }));
    if (sourceCheck !== null) findings.push(...judgeAccess('source', sourceCheck));
    if (target !== null && targetCheck !== null)
      findings.push(
        ...judgeAccess('destination', targetCheck),
        ...judgeDestination(target.entry, targetCheck, claimable?.problem ?? null),
        ...(claimable?.superseded ? [judgeEarlierUse(targetCheck.describe, claimable.superseded)] : []),
      );
    if (state !== null) {
      findings.push(
        ...judgeRegistry(productOf(entry), state, entry.replicas),
        ...judgePlaces(productOf(entry), state.storage, source, target),
      );
      await seen('What earlier runs have left', async () => {
        const journal = await environment.openStorage(journalName);
        for (const left of await findUnresumed(journal, name, state.collection))
          findings.push(unresumedFinding(left));
      });
      if (target !== null)
        findings.push(...judgeMove(entry, state, { source, sourceCheck }, { target, targetCheck }));
    }
    return {
      registry: name,
      version: state?.version ?? null,
      replicas: entry.replicas.map(({ id }) => id),
      destination: target === null ? null : (targetCheck?.describe ?? target.name),
      findings: worstFirst(findings),
    };
  } finally {
    await registry.close();
  }
}

type NamedEntry = { name: string; entry: StorageEntry };

/** Which documented ways there are to the destination, and what the product has against it. */
function judgeMove(
  entry: RegistryEntry,
  state: RegistryState,
  { source, sourceCheck }: { source: NamedEntry; sourceCheck: AccessCheck | null },
  { target, targetCheck }: { target: NamedEntry; targetCheck: AccessCheck | null },
): Finding[] {
  const moves = PATHS.map((path) => ({
    path,
    entry,
    state,
    source: { ...source, describe: sourceCheck?.describe ?? source.name },
    destination: { ...target, describe: targetCheck?.describe ?? target.name },
  }));
  const { ways, findings } = waysOf(moves);
  return [...findings, ...inEvery(ways)];
}

/** What the product has against a move stops it where there is no other way; what is said of one way alone names it. */
function inEvery(ways: Move<RegistryEntry>[]): Finding[] {
  const said = new Map<string, { finding: Finding; paths: MigrationPath[] }>();
  for (const move of ways)
    for (const finding of productOf(move.entry).preflight(move)) {
      const text = findingText(finding);
      said.set(text, { finding, paths: [...(said.get(text)?.paths ?? []), move.path] });
    }
  return [...said.values()].map(({ finding, paths }) =>
    paths.length === ways.length || !isStopping(finding)
      ? finding
      : warns(`Not by the ${paths.join(' or ')} path: ${finding.reason}`, finding.remedy),
  );
}

/** One way is enough. */
function waysOf(moves: Move<RegistryEntry>[]): { ways: Move<RegistryEntry>[]; findings: Finding[] } {
  const ways: Move<RegistryEntry>[] = [];
  const findings: Finding[] = [];
  const refusals: { path: MigrationPath; problem: string }[] = [];
  for (const move of moves) {
    const { path, entry, state, source, destination } = move;
    const product = productOf(entry);
    try {
      const { switch: way, source: said } = product.recipe(state, source.entry, destination.entry, path);
      const title = `${product.words.title} ${state.version}`;
      ways.push(move);
      findings.push(notes(`By the ${path} path ${title} is switched by "${way}".`, `Source: ${said}.`));
    } catch (error) {
      if (!(error instanceof TransshipError)) throw error;
      refusals.push({ path, problem: error.message });
    }
  }
  const severity = ways.length === 0 ? stops : notes;
  findings.push(
    ...refusals.map(({ path, problem }) => severity(`There is no way by the ${path} path.`, problem)),
  );
  return { ways, findings };
}

function storageOf(storages: Record<string, StorageEntry>, name: string): StorageEntry {
  const entry = Object.hasOwn(storages, name) ? storages[name] : undefined;
  if (entry === undefined)
    throw new TransshipError('InvalidInput', `The inventory has no storage "${name}".`);
  return entry;
}

/** Its replicas' and those that the product runs commands on. */
function hostsOf(entry: RegistryEntry): string[] {
  const named = productOf(entry).hosts.map((field) => (entry as Record<string, unknown>)[field]);
  const all = [...entry.replicas.map(({ host }) => host), ...named];
  return [...new Set(all.filter((host): host is string => typeof host === 'string'))];
}
