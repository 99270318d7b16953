// The switch to a volume, folder or export of the hosts that keeps the tags: `reconfigure --storage-migrated` (release
// notes of DTR 2.6.4). Without that flag every tag is erased, so what the command printed is read before it counts.

import { dirname, join } from 'node:path/posix';
import { nfsStorageOf, storageVolumeOf } from '../../../domain/registries/dtr/storage-volume.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { PlannedRun } from '../control-plane.ts';
import { type BootstrapperResult, runBootstrapper } from './bootstrapper.ts';
import type { Dtr } from './dtr.ts';

/** What reconfigure of 2.6.4-2.8 logs when it keeps the tags: the best positive proof there is (dtr-msr.md §1.4). */
const TAGS_KEPT = 'Not erasing tags';

export async function reconfigureStorageMigrated(
  dtr: Dtr,
  run: PlannedRun,
  { storage: destination, replica }: { storage: string; replica: string },
): Promise<void> {
  const storage = dtr.environment.inventory.storages[destination];
  const nfs = storage === undefined ? null : nfsStorageOf(storage);
  const volume = storage === undefined ? null : storageVolumeOf(storage);
  if (nfs === null && volume === null)
    throw new TransshipError(
      'InvalidInput',
      `${destination} is no volume, folder or export of a host; reconfigure cannot name it.`,
    );
  const result = await runBootstrapper(dtr, run, {
    id: `reconfigure-${destination}`,
    command: { name: 'reconfigure', replica, storage: nfs === null ? { volume: volume as string } : { nfs } },
  });
  if (!(await hasPrinted(result, TAGS_KEPT)))
    throw new TransshipError(
      'CommandFailed',
      `reconfigure of ${dtr.name} ended well but its log does not say "${TAGS_KEPT}". Look at the tags before anything else.`,
      { registry: dtr.name },
    );
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
