// The engine without Temporal: what `transship storage` and `transship doctor` do runs in their own process, on the storages
// of an inventory, with secrets resolved and redacted as in a worker.

import path from 'node:path';
import { listBackups } from '../activities/backups/list-backups.ts';
import { openSets } from '../activities/backups/open-sets.ts';
import { copyStorage } from '../activities/copying/copy-storage.ts';
import { compareStorages } from '../activities/inspection/compare-storages.ts';
import { findDamage } from '../activities/inspection/find-damage.ts';
import { inProcessMeter } from '../activities/concurrency/in-process-meter.ts';
import { PATIENCE } from '../activities/concurrency/patience.ts';
import { measureUsage } from '../activities/inspection/measure-usage.ts';
import { createTuner } from '../activities/copying/pace/pace.ts';
import { probeStorage } from '../activities/inspection/probe-storage.ts';
import type { Storage } from '../activities/storage/storage.ts';
import { jobFolder } from '../activities/journal/keys.ts';
import { examineRegistry } from '../activities/registry/examine-registry.ts';
import { verifyStorage } from '../activities/inspection/verify-storage.ts';
import type { ListedSet } from '../contracts/backup.ts';
import type { Examination } from '../contracts/plan.ts';
import type { DamageReport } from '../contracts/storage-activities.ts';
import type {
  CopyDetails,
  CopyOutcome,
  DamageScanDetails,
  Difference,
  ObjectEvidence,
  StorageProbe,
  StorageUsage,
  Usage,
} from '../contracts/storage.ts';
import { TransshipError } from '../domain/transship-error.ts';
import { createEnvironment } from './environment.ts';
import { loadInventory } from './inventory/load.ts';
import { createRedactor } from './inventory/redactor.ts';
import { createSecretResolver } from './inventory/secrets.ts';

/** `onDetails` gets what would be the details of a heartbeat. */
export type Watched<Details = never> = { signal: AbortSignal; onDetails?: (details: Details) => void };

export type StorageTools = {
  /** For people, without secrets. `InvalidInput` for a name that the inventory does not have. */
  describe(name: string): Promise<string>;
  measure(name: string, most: number, watched: Watched<Usage>): Promise<StorageUsage>;
  check(
    request: { storage: string; destination: string | null; readForMs: number },
    watched: Watched<DamageScanDetails>,
  ): Promise<DamageReport>;
  compare(source: string, destination: string, watched: Watched): AsyncIterable<Difference>;
  verify(
    request: { storage: string; source: string | null; read: boolean },
    report: (evidence: ObjectEvidence) => void,
    watched: Watched,
  ): Promise<void>;
  copy(
    request: { source: string; destination: string; remove: boolean; removeAny?: boolean },
    watched: Watched<CopyDetails>,
  ): Promise<CopyOutcome>;
  probe(name: string, watched: Watched): Promise<StorageProbe>;
  /** `destination` null: the registry is to go nowhere. */
  examine(registry: string, destination: string | null, watched: Watched): Promise<Examination>;
  /** `repository` null: the one of the inventory's `backups`. `registry` null: of all. */
  backups(repository: string | null, registry: string | null, watched: Watched): Promise<ListedSet[]>;
};

/** Opens what is used and closes it again. `InvalidInput` for a bad inventory. No error holds a secret. */
export async function withStorageTools<T>(
  inventoryFile: string,
  env: NodeJS.ProcessEnv,
  use: (tools: StorageTools) => Promise<T>,
): Promise<T> {
  const inventory = await loadInventory(inventoryFile);
  const redactor = createRedactor();
  redactor.allow(inventory);
  const baseDir = path.dirname(path.resolve(inventoryFile));
  const environment = createEnvironment(inventory, createSecretResolver({ env, baseDir, redactor }));
  const open = (name: string): Promise<Storage> => environment.openStorage(name);
  const journal = (): Promise<Storage> => open(inventory.journal);

  const tools: StorageTools = {
    describe: async (name) => (await open(name)).describe,
    measure: async (name, most, watched) => await measureUsage(await open(name), most, meterOf(watched)),
    async check({ storage, destination, readForMs }, watched) {
      const sides = {
        journal: await journal(),
        storage: await open(storage),
        destination: destination === null ? null : await open(destination),
      };
      return await findDamage(sides, { job: jobFolder('check', { storage }), readForMs }, meterOf(watched));
    },
    async *compare(source, destination, watched) {
      const sides = { source: await open(source), destination: await open(destination) };
      for await (const difference of compareStorages(sides, meterOf(watched)))
        yield redactor.redactValue(difference) as Difference;
    },
    async verify({ storage, source, read }, report, watched) {
      const sides = { storage: await open(storage), source: source === null ? null : await open(source) };
      await verifyStorage(
        sides,
        read,
        (evidence) => report(redactor.redactValue(evidence) as ObjectEvidence),
        meterOf(watched),
      );
    },
    async copy(request, watched) {
      const { source, destination } = request;
      const user = Object.entries(inventory.registries).find(([, { storage }]) => storage === destination);
      if (user !== undefined)
        throw new TransshipError('InvalidInput', `${destination} is the storage of the registry ${user[0]}`);
      const sides = {
        journal: await journal(),
        source: await open(source),
        destination: await open(destination),
      };
      const pace = createTuner(inventory.copying).paceFor(null);
      return await copyStorage(sides, request, meterOf(watched), pace);
    },
    probe: async (name, watched) =>
      redactor.redactValue(await probeStorage(await open(name), meterOf(watched))) as StorageProbe,
    examine: async (registry, destination, watched) =>
      redactor.redactValue(
        await examineRegistry(environment, { registry, destination }, meterOf(watched)),
      ) as Examination,
    async backups(repository, registry, watched) {
      const meter = meterOf(watched);
      const sets = await openSets(environment, repository ?? inventory.backups, meter);
      return redactor.redactValue(await listBackups(sets, registry, meter)) as ListedSet[];
    },
  };
  try {
    return await use(tools);
  } catch (error) {
    if (error instanceof Error) error.message = redactor.redact(error.message);
    throw error;
  } finally {
    await environment.close();
  }
}

/** Each piece of work tells details of one type, which is that of its `Watched`. */
const meterOf = <Details>({ signal, onDetails }: Watched<Details>) =>
  inProcessMeter(signal, PATIENCE, (details) => onDetails?.(details as Details));
