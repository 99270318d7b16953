// The control plane of CNCF Distribution: its API for images, and for all else its configurations, its program and its
// processes on their hosts.

import type { DistributionRegistryEntry } from '../../../contracts/inventory.ts';
import { waitUntil } from '../../concurrency/wait-until.ts';
import type { Meter } from '../../concurrency/heartbeat.ts';
import type { Environment } from '../../environment.ts';
import { openAccess } from '../access.ts';
import type { ControlPlane } from '../control-plane.ts';
import { collect, previewCollection } from './collect.ts';
import { backUpConfig, readConfig } from './config-file.ts';
import { distributionOf } from './distribution.ts';
import { healthProblem, ping } from './health.ts';
import { inspect, shownStorage } from './inspect.ts';
import { collectionAt } from './processes.ts';
import { setReadOnly } from './read-only.ts';
import { restoreConfigurations } from './restore-configurations.ts';
import { switchStorage } from './switch-storage.ts';
import { listRepositories, listTags, removeTag } from './tags.ts';

/** What it answers to anything that writes. */
const METHOD_NOT_ALLOWED = 405;

export async function openDistribution(
  environment: Environment,
  named: { name: string; entry: DistributionRegistryEntry },
  meter: Meter,
): Promise<ControlPlane> {
  const { name, entry } = named;
  const access = await openAccess(environment, entry, meter);
  const distribution = await distributionOf(environment, named, access, meter);
  const { images, replicas } = distribution;
  return {
    kind: 'distribution',
    name,
    meter,
    images,
    replicas,
    canaryRepository: entry.canaryRepository,
    readOnlyStatus: METHOD_NOT_ALLOWED,
    inspect: async (of) => await inspect(distribution, of),
    storage: async (left) => await shownStorage(distribution, left),
    ping: async () => await ping(distribution),
    healthProblem: async (ids) => await healthProblem(distribution, ids),
    // Only the inventory knows who shares the storage.
    members: async () => replicas,
    repositories: () => listRepositories(distribution),
    tags: (repository) => listTags(distribution, repository),
    async *manifests() {
      // Its API lists none; those of the storage are moved and proved like every other object.
    },
    removeTag: async (repository, tag) => await removeTag(distribution, repository, tag),
    setReadOnly: async (on, without, afterCollection) =>
      await setReadOnly(distribution, on, without, afterCollection),
    collectionSetting: async () => ({ words: [], value: [] }),
    pauseCollection: async () => {
      for (const replica of replicas)
        await waitUntil(meter, async () => {
          const running = await collectionAt(replica);
          return running === undefined ? undefined : `${running} to end`;
        });
    },
    resumeCollection: async () => undefined,
    collect: async (run) => await collect(distribution, run),
    previewCollection: (run) => previewCollection(distribution, run),
    backUpMetadata: async ({ job }) => {
      for (const replica of replicas) await backUpConfig(replica, job);
      return null;
    },
    configurations: async () =>
      await Promise.all(
        replicas.map(async (replica) => ({
          replica: replica.id,
          file: replica.entry.config,
          text: (await readConfig(replica)).text,
        })),
      ),
    restoreConfigurations: async (run, of) => await restoreConfigurations(distribution, run, of),
    switchStorage: async (run, to) => await switchStorage(distribution, run, to),
    close: access.close,
  };
}
