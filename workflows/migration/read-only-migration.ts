// S0/S1 "Alternative option for data migration": read-only, copy, switch with the signal that the content has moved.
// Most of the copy is made before read-only, so that the window is short whatever the size of the registry. Steps
// are those of the plan (domain/migration/plan.ts).

import type { MigrationInput, MigrationResult } from '../../contracts/migration.ts';
import { failure } from '../operation/failure.ts';
import { collectGarbage } from './garbage.ts';
import { unnumbered } from '../operation/status-board.ts';
import { runMigration } from './migration.ts';
import type { Migration } from './migration-state.ts';
import { copyUntilClosed, noteInUse, proveBeforeNoReturn, removeMark } from './prove.ts';
import type { Way } from './recovery.ts';
import { attemptSwitch, switchOver, toDestination, toSource } from './switch-over.ts';
import { goUpToWindow, inTheWindow } from './up-to-window.ts';
import { countTags, unlessPushed, verifyOrChoose, verifyTheRest } from './verification.ts';

export async function readOnlyMigration(input: MigrationInput): Promise<MigrationResult> {
  return runMigration('read-only', input, moveReadOnly);
}

export async function moveReadOnly(migration: Migration): Promise<void> {
  const target = toDestination(migration, migration.plan.recipe.switch);
  const ways = waysBack(migration);
  let taken = false;

  await goUpToWindow(migration);
  await inTheWindow(migration, {
    prepare: async () => {
      migration.step('final-delta');
      await countTags(migration);
      await copyUntilClosed(migration);

      await proveBeforeNoReturn(migration);
    },

    attempt: async () => {
      migration.step('switch-storage');
      await noteInUse(migration);
      try {
        taken = await attemptSwitch(migration, target);
      } catch (error) {
        migration.inUse = false;
        throw error;
      }
    },

    commit: async () => {
      await switchOver(migration, target, { taken, ways });

      migration.step('verify');
      await verifyOrChoose(migration, ways);
      await removeMark(migration);

      migration.step('close-window');
    },
  });

  await verifyTheRest(migration);
  await collectGarbage(migration);
}

/**
 * The old storage still is the whole truth, where the registry can be told of it; as long as nothing was pushed since.
 */
function waysBack(migration: Migration): Way[] {
  const { plan, subject, board, undone } = migration;
  const { back } = plan.recipe;
  if (back === null) return [];
  return [
    {
      id: 'switch-back',
      title: `back to ${subject.source}, which nothing has changed; unless something was pushed since`,
      go: () =>
        unlessPushed(migration, 'stay', async () => {
          board.enter('undoing', unnumbered('switch-back', `Switch back to ${subject.source}`));
          await switchOver(migration, toSource(migration, back), { taken: false, ways: [] });
          migration.inUse = false;
          undone.push(`storage: the registry uses ${subject.source} again`);
          throw failure(
            'VerificationFailed',
            `${subject.registry} was switched back to ${subject.source} by a person's decision.`,
          );
        }),
    },
  ];
}
