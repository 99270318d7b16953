// The activities that run the bootstrapper, put together. Each is one remote job under an id of its own.

import type { HostActivities } from '../../contracts/host-activities.ts';
import { storageVolumeOf } from '../../domain/storage-volume.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Environment } from '../environment.ts';
import { runBootstrapper } from './bootstrapper.ts';
import { backUpMetadata } from './metadata-backup.ts';
import { nodeOf, restoreMetadata } from './metadata-restore.ts';

/** What reconfigure of 2.6.4-2.8 logs when it keeps the tags: the best positive proof there is (dtr-msr.md §1.4). */
const TAGS_KEPT = 'Not erasing tags';

export function createHostActivities(environment: Environment): HostActivities {
  return {
    backUpMetadata: (request) => backUpMetadata(environment, request),

    async destroyReplica({ registry, job, version, replica }) {
      await runBootstrapper(environment, {
        registry,
        job,
        version,
        id: `destroy-${replica}`,
        command: ['destroy', '--replica-id', replica],
      });
    },

    restoreMetadata: (request) => restoreMetadata(environment, request),

    async joinReplica({ registry, job, version, replica, existing }) {
      const entry = environment.inventory.registries[registry]!;
      await runBootstrapper(environment, {
        registry,
        job,
        version,
        id: `join-${replica}`,
        command: [
          'join',
          ...['--replica-id', replica],
          ...['--ucp-node', nodeOf(entry, replica)],
          ...['--existing-replica-id', existing],
        ],
      });
    },

    async reconfigureStorageMigrated({ registry, job, version, replica, destination }) {
      const storage = environment.inventory.storages[destination];
      const volume = storage === undefined ? null : storageVolumeOf(storage);
      if (volume === null)
        throw new TransshipError(
          'InvalidInput',
          `${destination} is no volume or folder of a host; reconfigure cannot name it.`,
        );
      const { stderrTail, stdoutTail } = await runBootstrapper(environment, {
        registry,
        job,
        version,
        id: `reconfigure-${destination}`,
        command: [
          'reconfigure',
          ...['--existing-replica-id', replica],
          ...['--dtr-storage-volume', volume],
          '--storage-migrated',
        ],
      });
      if (!`${stdoutTail}${stderrTail}`.includes(TAGS_KEPT))
        throw new TransshipError(
          'CommandFailed',
          `reconfigure of ${registry} ended well but its log does not say "${TAGS_KEPT}". Look at the tags before anything else.`,
          { registry },
        );
    },
  };
}
