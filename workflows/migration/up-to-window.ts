// What both documented paths do until pushes have to stop, and how they go into the window: collection paused, a first
// backup, the copy while the registry is in use, and a person's approval of the window itself.

import { CancellationScope } from '@temporalio/workflow';
import { hostCommand, watched } from '../operation/activity-profiles.ts';
import { type MaintenanceWindow, maintenanceWindow } from '../operation/maintenance-window.ts';
import { pauseCollection, resumeCollection } from './collection.ts';
import { keepBackup, type Migration } from './migration-state.ts';
import { approveWindow, copyOnceMore, copyWhileInUse } from './online-copy.ts';
import { lookForMissingParts } from './verification.ts';

export async function goUpToWindow(migration: Migration): Promise<void> {
  const { registry, job, replicas } = migration.subject;
  const { version } = migration.state;

  await migration.begin('pause-collection');
  await pauseCollection(migration);

  await migration.begin('back-up-before');
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

  await migration.begin('copy');
  await copyWhileInUse(migration);
  await migration.pauses.here();
  await lookForMissingParts(migration);

  await migration.begin('open-window');
  await approveWindow(migration);
}

/** Opens when all that came in is copied and nobody holds the operation; `prepare`, `attempt` and `commit` as in `MaintenanceWindow`. */
export async function inTheWindow(
  migration: Migration,
  steps: Pick<MaintenanceWindow, 'prepare' | 'attempt' | 'commit'>,
): Promise<void> {
  const { subject, board, pauses } = migration;
  // What was found before a pause says nothing of the time after it
  do await copyOnceMore(migration);
  while (pauses.isPaused());
  const allowPauses = pauses.refuse(noPauseOf(subject.registry));
  board.enter('window');
  migration.refusedPushes = await whilePullsAreWatched(migration, () =>
    maintenanceWindow({
      registry: subject.registry,
      budgetMs: subject.windowBudgetMs,
      board,
      ...steps,
      comeBack: () => resumeCollection(migration),
      staysReadOnly: () => migration.leftReadOnly,
      without: () => migration.without,
    }),
  );
  allowPauses();
}

/** Until the window ends, also when it is cancelled: how long its way out took for users is part of it. */
async function whilePullsAreWatched<T>(
  { subject, canaries }: Migration,
  window: () => Promise<T>,
): Promise<T> {
  const { registry, job } = subject;
  const scope = CancellationScope.nonCancellable(() => {
    const watching = new CancellationScope();
    // Without it the report says that pulls were not watched
    const ended = watching
      .run(() => watched.watchPulls({ registry, job, canary: canaries[0]! }))
      .catch(() => undefined);
    return Promise.resolve({ watching, ended });
  });
  const { watching, ended } = await scope;
  try {
    return await window();
  } finally {
    watching.cancel();
    await ended;
  }
}

export const noPauseOf = (registry: string): string =>
  `${registry} refuses pushes: nothing is held in the window, where the budget and the way out rule. Cancel it, or pause it when the window has closed.`;
