// S0/S1 "Best practice for data migration": storage and metadata move together, by backup, copy, destroy and restore.
// The document backs the metadata up before the copy and so loses every push made in between; here a second backup is
// taken when pushes have stopped, and that one is restored. Steps are those of the plan (domain/migration/plan.ts).

import { isCancellation } from '@temporalio/workflow';
import type { MigrationInput, MigrationResult } from '../../contracts/migration.ts';
import type { BackupContent, Closure } from '../../contracts/registry-activities.ts';
import { committed, inWindow, transfer } from '../operation/activity-profiles.ts';
import { reasonOf } from '../operation/failure.ts';
import { runMigration } from './migration.ts';
import { keepBackup, type Migration } from './migration-state.ts';
import { copyUntilClosed, proveBeforeNoReturn, removeMark } from './prove.ts';
import { persist } from './recovery.ts';
import { proveThere } from './switch-over.ts';
import { goUpToWindow, inTheWindow } from './up-to-window.ts';
import { countTags, verifyOrChoose, verifyTheRest } from './verification.ts';

export async function bestPracticeMigration(input: MigrationInput): Promise<MigrationResult> {
  return runMigration('best-practice', input, carryOut);
}

async function carryOut(migration: Migration): Promise<void> {
  const { subject, state, plan, board, approvals, backups } = migration;
  const { registry, job } = subject;
  const once = { registry, job, version: state.version };
  const [first, ...others] = subject.replicas.map((replica) => replica.id) as [string, ...string[]];
  const must = (action: () => Promise<void>) => persist(migration, action);

  await goUpToWindow(migration);
  await inTheWindow(migration, {
    prepare: async () => {
      migration.step('final-delta');
      await countTags(migration);
      const closure = await copyUntilClosed(migration);

      migration.step('back-up-final');
      const holding = contentOf(migration, closure);
      keepBackup(
        migration,
        await inWindow.backUpMetadata({ ...once, name: 'final', replica: first, holding }),
      );

      await proveBeforeNoReturn(migration);
    },

    commit: async () => {
      migration.inUse = true;
      migration.step('take-down');
      for (const replica of [...others, first])
        await must(() => committed.takeDownReplica({ ...once, replica }));

      migration.step('bring-up');
      const storage = subject.destination;
      const backup = backups.at(-1)!;
      await must(() => committed.bringUpReplica({ ...once, backup, replica: first, storage }));
      await must(() => committed.waitUntilHealthy({ registry, replicas: [first] }));
      // Before anything else: what was pushed now would lie on the wrong storage.
      await must(() => committed.setReadOnly({ registry, readOnly: true }));
      await must(async () => void (await committed.proveReadOnly({ registry })));
      const how = plan.recipe.afterBringUp;
      if (how !== null) await must(() => committed.switchStorage({ ...once, storage, how, replica: first }));

      migration.step('join');
      for (const replica of others)
        await must(() => committed.joinReplica({ ...once, replica, existing: first }));
      await must(() => proveThere(migration, { storage, other: subject.source, side: 'marked' }));

      migration.step('verify');
      await verifyOrChoose(migration, () => []);
      await removeMark(migration);

      migration.step('close-window');
    },
  });

  await verifyTheRest(migration);

  // Its parts may be what a collection takes for garbage
  if (migration.missingParts) return;
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
    migration.garbageCollection = await collect(migration, once);
  }
}

/** What the backup must hold at least. Of what was not served before the window either there may be no row. */
function contentOf({ tagsFinal, baseline }: Migration, { held, blobs }: Closure): BackupContent {
  const { repositories, tags } = tagsFinal!;
  const known = baseline?.problems ?? 0;
  const atLeast = (count: number): number => Math.max(0, count - known);
  return {
    repositories,
    tags,
    manifests: atLeast(held.manifests),
    blobs: atLeast(blobs),
    links: atLeast(held.links),
  };
}

/** A registry that has moved has moved, whatever becomes of its garbage. */
async function collect(
  { board }: Migration,
  once: Parameters<typeof transfer.collectGarbage>[0],
): Promise<'done' | 'failed'> {
  try {
    await transfer.collectGarbage(once);
    return 'done';
  } catch (error) {
    if (isCancellation(error)) throw error;
    board.openProblem().is(reasonOf(error).message);
    return 'failed';
  }
}
