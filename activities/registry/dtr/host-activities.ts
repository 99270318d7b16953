// The activities that run the bootstrapper, put together. Each is one remote job under an id of its own.

import { dirname, join } from 'node:path/posix';
import type { HostActivities } from '../../../contracts/host-activities.ts';
import { nfsStorageOf, storageVolumeOf } from '../../../domain/registries/dtr/storage-volume.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { Environment } from '../../environment.ts';
import { type BootstrapperResult, runBootstrapper } from './bootstrapper.ts';
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
        command: { name: 'destroy', replica },
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
        command: { name: 'join', replica, node: nodeOf(entry, replica), existing },
      });
    },

    async reconfigureStorageMigrated({ registry, job, version, replica, destination }) {
      const storage = environment.inventory.storages[destination];
      const nfs = storage === undefined ? null : nfsStorageOf(storage);
      const volume = storage === undefined ? null : storageVolumeOf(storage);
      if (nfs === null && volume === null)
        throw new TransshipError(
          'InvalidInput',
          `${destination} is no volume, folder or export of a host; reconfigure cannot name it.`,
        );
      const result = await runBootstrapper(environment, {
        registry,
        job,
        version,
        id: `reconfigure-${destination}`,
        command: {
          name: 'reconfigure',
          replica,
          storage: nfs === null ? { volume: volume as string } : { nfs },
        },
      });
      if (!(await hasPrinted(result, TAGS_KEPT)))
        throw new TransshipError(
          'CommandFailed',
          `reconfigure of ${registry} ended well but its log does not say "${TAGS_KEPT}". Look at the tags before anything else.`,
          { registry },
        );
    },
  };
}

/** Looked for on the host in all that the command printed, however much that was. */
async function hasPrinted({ host, stdoutFile }: BootstrapperResult, text: string): Promise<boolean> {
  const stderrFile = join(dirname(stdoutFile), 'stderr');
  const { status, stderr } = await host.run(['grep', '-qF', '-e', text, '--', stdoutFile, stderrFile]);
  if (status === 0) return true;
  if (status === 1) return false;
  throw new TransshipError(
    'CommandFailed',
    `the output ${stdoutFile} on host ${host.name} cannot be searched: ${stderr}`,
    { host: host.name, status },
  );
}
