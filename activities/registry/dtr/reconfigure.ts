// The switch to a volume, folder or export of the hosts that keeps the tags: `reconfigure --storage-migrated` (release
// notes of DTR 2.6.4; without that flag every tag is erased), or without it onto an exact copy (S1, MSR 2.9). What it prints of
// them is known from one transcript, so it is a hint and no proof: the tags are compared with the final list, and the registry is
// asked where it is.

import { dirname, join } from 'node:path/posix';
import { log } from '@temporalio/activity';
import { type Reconfigure, reconfigureOf } from '../../../domain/registries/dtr/reconfigure.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { PlannedRun } from '../control-plane.ts';
import { type BootstrapperResult, runBootstrapper } from './bootstrapper.ts';
import type { Dtr } from './dtr.ts';
import { portsOf } from './told-settings.ts';

/** What reconfigure of 2.6.4-2.8 logs when it was given --storage-migrated (dtr-msr.md §1.4). */
const TAGS_KEPT = 'Not erasing tags';

export async function reconfigureStorage(
  dtr: Dtr,
  run: PlannedRun,
  { storage: destination, replica, how }: { storage: string; replica: string; how: Reconfigure },
): Promise<void> {
  const storage = dtr.environment.inventory.storages[destination];
  const told = storage === undefined ? null : reconfigureOf(how, storage);
  if (told === null)
    throw new TransshipError(
      'InvalidInput',
      `${destination} is no volume, folder or export of a host; reconfigure cannot name it.`,
    );
  const result = await runBootstrapper(dtr, run, {
    id: `reconfigure-${destination}`,
    command: {
      name: 'reconfigure',
      replica,
      ...told,
      ...(await portsOf(dtr, replica)),
    },
  });
  if (told.migrated && !(await hasPrinted(result, TAGS_KEPT)))
    log.warn(
      `reconfigure of ${dtr.name} ended well, and its log does not say "${TAGS_KEPT}": its tags are compared next`,
      { stdout: result.stdoutFile },
    );
}

/** Looked for on the host in all that the command printed, however much that was. What cannot be searched has not said it. */
async function hasPrinted({ host, stdoutFile }: BootstrapperResult, text: string): Promise<boolean> {
  const stderrFile = join(dirname(stdoutFile), 'stderr');
  const { status } = await host.run(['grep', '-qF', '-e', text, '--', stdoutFile, stderrFile]);
  return status === 0;
}
