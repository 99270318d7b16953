// One look at everything that decides whether and how a Distribution can be moved. It changes nothing. There is no API for most
// of it: the configurations say where it is, its program which version it is, and the processes of its hosts what else holds.

import type { Finding } from '../../../contracts/finding.ts';
import type { RegistryState } from '../../../contracts/registry-activities.ts';
import { notes, stops, warns } from '../../../domain/finding.ts';
import { isInContainer, placeOf } from '../../../domain/registries/distribution/place.ts';
import { hasDriver, majorOf } from '../../../domain/registries/distribution/recipes.ts';
import { isCloud } from '../../../domain/storage/storage-kinds.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { Section } from '../describe-storage.ts';
import { readConfig } from './config-file.ts';
import {
  allowsDeletion,
  fieldsIn,
  isReadOnly,
  sharedCacheIn,
  storageIn,
  withDriver,
  withReadOnly,
} from './configuration.ts';
import { type Distribution, type DistributionReplica, without } from './distribution.ts';
import { driverSettings } from './driver-settings.ts';
import { problemOf, requireWell } from './health.ts';
import { isSeen, listProcesses, type RegistryProcess } from './processes.ts';
import { tryStorage, versionOf } from './program.ts';

/** Variables below them change neither where it is nor its mode. */
const HARMLESS = /^REGISTRY_STORAGE_(DELETE|CACHE|REDIRECT|TAG)(_|$)/;
/** Its configurations name different places. */
const SEVERAL: RegistryState['storage'] = { driver: '(several)', fields: {}, volume: '' };
const READABLE_BY_ALL = 0o004;

type Seen = {
  replica: DistributionReplica;
  text: string;
  mode: string;
  version: string;
  storage: RegistryState['storage'];
  processes: RegistryProcess[];
  problem: string | undefined;
};

export async function inspect(
  distribution: Distribution,
  of: { destination?: string } = {},
): Promise<RegistryState> {
  await requireWell(distribution, distribution.images);
  const seen = await Promise.all(
    distribution.replicas.map(async (replica) => await lookAt(distribution, replica)),
  );
  const [first] = seen as [Seen, ...Seen[]];
  const storage = onePlace(seen);
  const findings = [
    ...(storage !== SEVERAL
      ? []
      : [
          stops(
            'Its replicas store their content in different places.',
            'Look at the configurations of all.',
          ),
        ]),
    ...(new Set(seen.map(({ version }) => majorOf(version))).size > 1
      ? [
          stops(
            `Its replicas are of different versions: ${seen.map(({ version }) => version).join(', ')}.`,
            'Bring all to one.',
          ),
        ]
      : []),
    ...seen.flatMap((one) => [...unchangeable(one), ...overrides(one), ...remarks(one)]),
    ...(of.destination === undefined ? [] : await judgeDestination(distribution, seen, of.destination)),
  ];
  return {
    version: first.version,
    mode: 'classic',
    readOnly: seen.every(({ text }) => isReadOnly(text)),
    replicas: seen.map(({ replica: { id }, text, problem }) => ({
      id,
      healthy: problem === undefined,
      message: problem ?? 'OK',
      readOnly: isReadOnly(text),
    })),
    collection: { words: [], value: [] },
    runningTasks: seen.flatMap(({ processes, replica }) =>
      processes
        .filter(({ command }) => command === 'garbage-collect')
        .map(({ pid, command }) => ({
          id: `process ${pid} on ${replica.host.name}`,
          action: command,
          status: 'running',
          collects: true,
        })),
    ),
    storage,
    // The first push makes it.
    canaryRepositoryExists: true,
    findings,
  };
}

/** Of the replicas that are not among those. */
export async function shownStorage(
  { replicas }: Pick<Distribution, 'replicas'>,
  left?: readonly string[],
): Promise<RegistryState['storage']> {
  return onePlace(
    await Promise.all(
      without(replicas, left).map(async (replica) => ({
        storage: placeOf(storageIn((await readConfig(replica)).text), replica.entry),
      })),
    ),
  );
}

function onePlace(seen: Pick<Seen, 'storage'>[]): RegistryState['storage'] {
  const [first] = seen as [Pick<Seen, 'storage'>];
  return seen.every(({ storage }) => JSON.stringify(storage) === JSON.stringify(first.storage))
    ? first.storage
    : SEVERAL;
}

async function lookAt(distribution: Distribution, replica: DistributionReplica): Promise<Seen> {
  const [{ text, mode }, version, processes, problem] = await Promise.all([
    readConfig(replica),
    versionOf(replica),
    listProcesses(replica),
    problemOf(distribution, replica.images),
  ]);
  return {
    replica,
    text,
    mode,
    version,
    storage: placeOf(storageIn(text), replica.entry),
    processes,
    problem,
  };
}

/** What cannot be changed is said before anybody wants to change it. */
function unchangeable({ replica: { id, entry, host }, text }: Seen, driver?: Section): Finding[] {
  try {
    withReadOnly(text, true);
    if (driver !== undefined) withDriver(text, driver);
    return [];
  } catch (error) {
    if (!(error instanceof TransshipError)) throw error;
    return [
      stops(`Replica ${id} on ${host.name}: ${error.message}`, `Write ${entry.config} so that it can be.`),
    ];
  }
}

function overrides({ replica, processes, problem }: Seen): Finding[] {
  const { id, entry, host } = replica;
  const serving = processes.filter(({ command }) => command === 'serve');
  if (!isSeen(processes) || serving.some(({ variables }) => variables === null))
    return [
      warns(
        `Whether variables REGISTRY_STORAGE_… override the configuration of replica ${id} could not be seen on ${host.name}.`,
        'Look by hand: with any of them the switch fails, and is put back.',
      ),
      ...(isSeen(processes) || problem !== undefined ? [] : [unseen(replica)]),
    ];
  const names = [...new Set(serving.flatMap(({ variables }) => variables ?? []))].filter(
    (name) => !HARMLESS.test(name),
  );
  if (names.length === 0) return [];
  const said = `The variables ${names.join(', ')} override the configuration of replica ${id} on ${host.name}`;
  const remedy = `Write them into ${entry.config}, and start it without them.`;
  // Containers may all have their own at the same path.
  return isInContainer(entry)
    ? [warns(`${said}, or that of another container with the same path.`, remedy)]
    : [stops(`${said}.`, remedy)];
}

const unseen = ({ id, host }: DistributionReplica): Finding =>
  warns(
    `The process of replica ${id} cannot be seen on ${host.name}: who else collects or writes there is not known, and garbage will not be collected.`,
    'Let our user there see the processes of others (hidepid of /proc and its gid, or become of the host), and name the configuration as the process is started with it.',
  );

function remarks({ replica: { id }, text }: Seen): Finding[] {
  const cache = sharedCacheIn(text);
  return [
    ...(allowsDeletion(text)
      ? []
      : [
          notes(
            `storage.delete is off on replica ${id}.`,
            'Tags of our own images (transship-…, some hundred bytes each) stay in the canary repository.',
          ),
        ]),
    ...(cache === undefined
      ? []
      : [
          notes(
            `Replica ${id} remembers blobs in ${cache}, also those that a collection has removed.`,
            'Garbage is not collected here.',
          ),
        ]),
  ];
}

async function judgeDestination(
  { environment }: Distribution,
  seen: Seen[],
  name: string,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const entry = environment.inventory.storages[name];
  if (entry === undefined) return findings;
  for (const one of seen) {
    const { replica, text, mode, version, storage } = one;
    // The recipe says so, with what to do instead: the program would only fail
    if (!hasDriver(version, entry.kind)) continue;
    const driver = await driverSettings(entry, version, environment.resolveSecret.bind(environment)).catch(
      (error: unknown) => {
        // Its preflight says it in its own words
        if (error instanceof TransshipError && error.type === 'InvalidInput') return undefined;
        throw error;
      },
    );
    if (driver === undefined) continue;
    if (unchangeable(one).length === 0) findings.push(...unchangeable(one, driver));
    const problem = await tryStorage(replica, driver);
    if (problem !== undefined)
      findings.push(
        stops(
          `The program of replica ${replica.id} cannot open ${name} from ${replica.host.name}: ${problem}`,
          'Try it there with a configuration of your own until it opens.',
        ),
      );
    if (isCloud(entry) && (Number.parseInt(mode, 8) & READABLE_BY_ALL) !== 0)
      findings.push(
        warns(
          `Everybody on ${replica.host.name} can read ${replica.entry.config} (mode ${mode}), which will hold the credentials of ${name}.`,
          'Take that right away before.',
        ),
      );
    const kept = new Set(Object.values(driver).flatMap((settings) => Object.keys(settings as object)));
    const lost = fieldsIn(text).filter((field) => !kept.has(field));
    if (Object.hasOwn(driver, storage.driver) && lost.length > 0)
      findings.push(
        warns(
          `Of the driver's settings of replica ${replica.id} these do not come along: ${lost.join(', ')}.`,
          `Add them afterwards where they hold for ${name}, too.`,
        ),
      );
  }
  return findings;
}
