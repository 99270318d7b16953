// S0/S1 "Best practice for data migration": storage and metadata move together, by backup, copy, destroy and restore.
// The document backs the metadata up before the copy and so loses every push made in between; here a second backup is
// taken when pushes have stopped, and that one is restored. Numbers are those of the plan (domain/plan.ts).

import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { MigrationInput, MigrationResult } from '../contracts/migration.ts';
import { asked, hostCommand, inWindow } from './activity-profiles.ts';
import { maintenanceWindow } from './maintenance-window.ts';
import { type Migration, runMigration } from './migration.ts';
import { approveWindow, copyFinalDelta, copyWhileInUse } from './online-copy.ts';
import { countTags, requireVerified, verify, verifyTheRest } from './verification.ts';

export async function bestPracticeMigration(input: MigrationInput): Promise<MigrationResult> {
  return runMigration('best-practice', input, carryOut);
}

async function carryOut(migration: Migration): Promise<void> {
  const { subject, state, plan, board, approvals, backups } = migration;
  const { registry, job } = subject;
  const { version } = state;
  const [first, ...others] = subject.replicas.map((replica) => replica.id) as [string, ...string[]];
  const all = [first, ...others];

  migration.step(1, 'preparing');
  await asked.stopGarbageCollection({ registry, job });

  migration.step(2, 'preparing');
  backups.push(await hostCommand.backUpMetadata({ registry, job, version, name: 'before', replica: first }));

  migration.step(3, 'copying');
  await copyWhileInUse(migration);

  migration.step(4, 'waiting-for-approval');
  await approveWindow(migration);
  board.enter('window', board.status.step);
  const { refusedPushes } = await maintenanceWindow({
    registry,
    budgetMs: subject.windowBudgetMs,
    board,

    prepare: async () => {
      migration.step(5, 'window');
      await Promise.all([copyFinalDelta(migration), countTags(migration)]);

      migration.step(6, 'window');
      backups.push(await inWindow.backUpMetadata({ registry, job, version, name: 'final', replica: first }));
    },

    commit: async () => {
      migration.step(7, 'window');
      for (const replica of [...others, first])
        await inWindow.destroyReplica({ registry, job, version, replica });

      migration.step(8, 'window');
      const volume = subject.destinationVolume;
      await inWindow.restoreMetadata({
        registry,
        job,
        version,
        backup: backups.at(-1)!,
        replica: first,
        storage: volume === null ? { use: 'default' } : { use: 'volume', volume },
      });
      await inWindow.waitUntilHealthy({ registry, replicas: [first] });
      await inWindow.setReadOnly({ registry, readOnly: true });
      if (plan.recipe.switch === 'keep-metadata')
        await inWindow.switchStorageKeepingMetadata({ registry, destination: subject.destination });

      migration.step(9, 'window');
      for (const replica of others)
        await inWindow.joinReplica({ registry, job, version, replica, existing: first });
      await inWindow.waitUntilHealthy({ registry, replicas: all });
      await inWindow.proveReadOnly({ registry });

      migration.step(10, 'verifying');
      requireVerified(await verify(migration));

      migration.step(11, 'window');
    },
  });
  migration.refusedPushes = refusedPushes;

  board.enter('verifying', 'Verify the tags that the window had no time for');
  await CancellationScope.nonCancellable(() => verifyTheRest(migration));

  migration.step(12, 'waiting-for-approval');
  const verdict = await approvals
    .ask(
      'garbage-collection',
      plan.digest,
      `Remove the blobs that no manifest of ${registry} refers to (onlinegc_blobs)? All ${migration.tagsAfter?.tags} tags were verified on the new storage. It cannot be undone.`,
    )
    .catch((error: unknown) => {
      // The registry has moved: cancelling now can only mean not to collect.
      if (isCancellation(error)) return 'rejected';
      throw error;
    });
  migration.garbageCollection = 'declined';
  if (verdict === 'approved') {
    board.enter('cleaning-up', board.status.step);
    await asked.runRegistryJob({ registry, job, action: 'onlinegc_blobs' });
    migration.garbageCollection = 'done';
  }
}
