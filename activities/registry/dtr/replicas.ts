// Replicas that go and come: each by one command of the bootstrapper.

import type { PlannedRun } from '../control-plane.ts';
import { runBootstrapper } from './bootstrapper.ts';
import type { Dtr } from './dtr.ts';
import { nodeOf } from './metadata-restore.ts';
import { makeVolumeInUse } from './nfs-volumes.ts';
import { rememberedPorts, rememberSettings } from './told-settings.ts';

/** Its containers and its own volumes are gone afterwards. */
export async function destroyReplica(dtr: Dtr, run: PlannedRun, replica: string): Promise<void> {
  await rememberSettings(dtr, run.job);
  await runBootstrapper(dtr, run, {
    id: `destroy-${replica}`,
    command: { name: 'destroy', replica },
  });
}

export async function joinReplica(
  dtr: Dtr,
  run: PlannedRun,
  { replica, existing }: { replica: string; existing: string },
): Promise<void> {
  await makeVolumeInUse(dtr, replica);
  await runBootstrapper(dtr, run, {
    id: `join-${replica}`,
    command: {
      name: 'join',
      replica,
      node: nodeOf(dtr.entry, replica),
      existing,
      ...(await rememberedPorts(dtr, run.job, replica)),
    },
  });
}
