// S0/S1 "Alternative option for data migration": read-only, copy, switch with the signal that the content has moved.
// Most of the copy is made before read-only, so that the window is short whatever the size of the registry. Steps
// are those of the plan (domain/migration/plan.ts).

import type { MigrationInput, MigrationResult } from '../../contracts/migration.ts';
import { inWindow } from '../operation/activity-profiles.ts';
import type { Switch } from '../../contracts/registry-activities.ts';
import { insist } from '../operation/insist.ts';
import { unnumbered } from '../operation/status-board.ts';
import { runMigration } from './migration.ts';
import type { Migration } from './migration-state.ts';
import { copyFinalDelta } from './online-copy.ts';
import { goUpToWindow, inTheWindow } from './up-to-window.ts';
import { countTags, requireVerified, verify, verifyTheRest } from './verification.ts';

export async function readOnlyMigration(input: MigrationInput): Promise<MigrationResult> {
  return runMigration('read-only', input, carryOut);
}

async function carryOut(migration: Migration): Promise<void> {
  const { subject, state, plan, board } = migration;
  const { registry, job } = subject;
  const once = { registry, job, version: state.version };
  const all = subject.replicas.map((replica) => replica.id) as [string, ...string[]];

  const must = <T>(action: () => Promise<T>): Promise<T> => insist(board, action);
  const switchTo = async (storage: string, how: Switch): Promise<void> => {
    await must(() => inWindow.switchStorage({ ...once, storage, how, replica: all[0] }));
    await must(() => inWindow.waitUntilHealthy({ registry, replicas: all }));
    await must(() => inWindow.proveReadOnly({ registry }));
  };

  await goUpToWindow(migration);
  await inTheWindow(migration, {
    prepare: async () => {
      migration.step('final-delta');
      await countTags(migration);
      await copyFinalDelta(migration);
    },

    commit: async () => {
      migration.step('switch-storage');
      await switchTo(subject.destination, plan.recipe.switch);

      migration.step('verify');
      const verification = await must(() => verify(migration));
      const { back } = plan.recipe;
      if (verification.problems > 0 && back !== null) {
        // Nothing has been pushed since, so the old storage still is the whole truth.
        board.enter('undoing', unnumbered('switch-back', `Switch back to ${subject.source}`));
        await switchTo(subject.source, back);
        migration.undone.push(`storage: the registry uses ${subject.source} again`);
      }
      requireVerified(verification);

      migration.step('close-window');
    },
  });

  await verifyTheRest(migration);
}
