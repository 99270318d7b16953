// The control plane of DTR and MSR 2: its API for what it says of itself, its bootstrapper on a host for what it is made of.

import type { DtrRegistryEntry } from '../../../contracts/inventory.ts';
import type { Meter } from '../../concurrency/heartbeat.ts';
import type { Environment } from '../../environment.ts';
import { openAccess } from '../access.ts';
import type { ControlPlane } from '../control-plane.ts';
import { membersOf } from './cluster.ts';
import { dtrOf } from './dtr.ts';
import { healthProblem } from './health.ts';
import { inspect } from './inspect.ts';
import { backUpMetadata } from './metadata-backup.ts';
import { restoreMetadata } from './metadata-restore.ts';
import { pauseCrons, resumeCrons, writingCrons } from './pause-crons.ts';
import { setReadOnly } from './read-only.ts';
import { destroyReplica, joinReplica } from './replicas.ts';
import { runTask } from './run-task.ts';
import { shownStorage } from './shown-storage.ts';
import { switchStorage } from './switch-storage.ts';
import { listManifests, listRepositories, listTags, removeTag } from './tags.ts';

/** What DTR answers to anything that writes (dtr-msr.md §4). */
const METHOD_NOT_ALLOWED = 405;
/** Removes blobs that no manifest refers to (S0 step 5). */
const COLLECT = 'onlinegc_blobs';

export async function openDtr(
  environment: Environment,
  named: { name: string; entry: DtrRegistryEntry },
  meter: Meter,
): Promise<ControlPlane> {
  const { name, entry } = named;
  const access = await openAccess(environment, entry, meter);
  const dtr = dtrOf(environment, named, access, meter);
  return {
    kind: 'dtr',
    name,
    meter,
    images: access.images(entry.url),
    replicas: dtr.replicas,
    canaryRepository: entry.canaryRepository,
    readOnlyStatus: METHOD_NOT_ALLOWED,
    inspect: async () => await inspect(dtr),
    storage: async () => await shownStorage(dtr),
    ping: async () => await dtr.api.ping(),
    healthProblem: async (replicas) => await healthProblem(dtr, replicas),
    members: async () => await membersOf(dtr),
    repositories: () => listRepositories(dtr),
    tags: (repository) => listTags(dtr, repository),
    manifests: (repository) => listManifests(dtr, repository),
    removeTag: async (repository, tag) => await removeTag(dtr, repository, tag),
    setReadOnly: async (on, without) => await setReadOnly(dtr, on, without),
    collectionSetting: async () => await writingCrons(dtr),
    pauseCollection: async (saved) => await pauseCrons(dtr, saved),
    resumeCollection: async (saved) => await resumeCrons(dtr, saved),
    collect: async ({ job }) => await runTask(dtr, { job, action: COLLECT }),
    backUpMetadata: async (run, of) => await backUpMetadata(dtr, run, of),
    switchStorage: async (run, to) => await switchStorage(dtr, run, to),
    rebuild: {
      takeDown: async (run, replica) => await destroyReplica(dtr, run, replica),
      bringUp: async (run, of) => await restoreMetadata(dtr, run, of),
      join: async (run, of) => await joinReplica(dtr, run, of),
    },
    close: access.close,
  };
}
