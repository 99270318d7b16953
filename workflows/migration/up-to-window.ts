// What both documented paths do until pushes have to stop, and how they go into the window: collection paused, a first
// backup, the copy while the registry is in use, and a person's approval of the window itself.

import { hostCommand } from '../operation/activity-profiles.ts';
import { type MaintenanceWindow, maintenanceWindow } from '../operation/maintenance-window.ts';
import { pauseCollection, resumeCollection } from './collection.ts';
import { keepBackup, type Migration } from './migration-state.ts';
import { approveWindow, copyWhileInUse } from './online-copy.ts';
import { lookForMissingParts } from './verification.ts';

export async function goUpToWindow(migration: Migration): Promise<void> {
  const { registry, job, replicas } = migration.subject;
  const { version } = migration.state;

  migration.step('pause-collection');
  await pauseCollection(migration);

  migration.step('back-up-before');
  keepBackup(
    migration,
    await hostCommand.backUpMetadata({
      registry,
      job,
      version,
      name: 'before',
      replica: replicas[0]!.id,
      holding: null,
    }),
  );

  migration.step('copy');
  await copyWhileInUse(migration);
  await lookForMissingParts(migration);

  migration.step('open-window');
  await approveWindow(migration);
}

/** `prepare`, `attempt` and `commit` as in `MaintenanceWindow`. */
export async function inTheWindow(
  migration: Migration,
  steps: Pick<MaintenanceWindow, 'prepare' | 'attempt' | 'commit'>,
): Promise<void> {
  const { subject, board } = migration;
  board.enter('window');
  migration.refusedPushes = await maintenanceWindow({
    registry: subject.registry,
    budgetMs: subject.windowBudgetMs,
    board,
    ...steps,
    comeBack: () => resumeCollection(migration),
    staysReadOnly: () => migration.leftReadOnly,
  });
}
