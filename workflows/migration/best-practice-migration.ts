// S0/S1 "Best practice for data migration": storage and metadata move together, by backup, copy, destroy and restore.
// The document backs the metadata up before the copy and so loses every push made in between; here a second backup is
// taken when pushes have stopped, and that one is restored. Steps are those of the plan (domain/migration/plan.ts).

import { isCancellation } from '@temporalio/workflow';
import type { MigrationInput, MigrationResult } from '../../contracts/migration.ts';
import { inWindow, transfer } from '../operation/activity-profiles.ts';
import { insist } from '../operation/insist.ts';
import { runMigration } from './migration.ts';
import { keepBackup, type Migration } from './migration-state.ts';
import { copyFinalDelta } from './online-copy.ts';
import { goUpToWindow, inTheWindow } from './up-to-window.ts';
import { countTags, requireVerified, verify, verifyTheRest } from './verification.ts';

export async function bestPracticeMigration(input: MigrationInput): Promise<MigrationResult> {
  return runMigration('best-practice', input, carryOut);
}

async function carryOut(migration: Migration): Promise<void> {
  const { subject, state, plan, board, approvals, backups } = migration;
  const { registry, job } = subject;
  const once = { registry, job, version: state.version };
  const [first, ...others] = subject.replicas.map((replica) => replica.id) as [string, ...string[]];
  const all = [first, ...others];
  const must = <T>(action: () => Promise<T>): Promise<T> => insist(board, action);

  await goUpToWindow(migration);
  await inTheWindow(migration, {
    prepare: async () => {
      migration.step('final-delta');
      await countTags(migration);
      await copyFinalDelta(migration);

      migration.step('back-up-final');
      keepBackup(migration, await inWindow.backUpMetadata({ ...once, name: 'final', replica: first }));
    },

    commit: async () => {
      migration.step('take-down');
      for (const replica of [...others, first])
        await must(() => inWindow.takeDownReplica({ ...once, replica }));

      migration.step('bring-up');
      const storage = subject.destination;
      const backup = backups.at(-1)!;
      await must(() => inWindow.bringUpReplica({ ...once, backup, replica: first, storage }));
      await must(() => inWindow.waitUntilHealthy({ registry, replicas: [first] }));
      // Before anything else: what was pushed now would lie on the wrong storage.
      await must(() => inWindow.setReadOnly({ registry, readOnly: true }));
      await must(() => inWindow.proveReadOnly({ registry }));
      const how = plan.recipe.afterBringUp;
      if (how !== null) await must(() => inWindow.switchStorage({ ...once, storage, how, replica: first }));

      migration.step('join');
      for (const replica of others)
        await must(() => inWindow.joinReplica({ ...once, replica, existing: first }));
      await must(() => inWindow.waitUntilHealthy({ registry, replicas: all }));
      await must(() => inWindow.proveReadOnly({ registry }));

      migration.step('verify');
      requireVerified(await must(() => verify(migration)));

      migration.step('close-window');
    },
  });

  await verifyTheRest(migration);

  migration.step('collect-garbage');
  const verdict = await approvals
    .ask(
      'garbage-collection',
      plan.digest,
      `Remove the blobs that no manifest of ${registry} refers to? All ${migration.tagsAfter?.tags} tags were verified on the new storage. It cannot be undone.`,
    )
    .catch((error: unknown) => {
      // The registry has moved: cancelling now can only mean not to collect.
      if (isCancellation(error)) return 'rejected';
      throw error;
    });
  migration.garbageCollection = 'declined';
  if (verdict === 'approved') {
    board.enter('cleaning-up');
    await transfer.collectGarbage(once);
    migration.garbageCollection = 'done';
  }
}
