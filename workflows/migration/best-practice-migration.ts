// S0/S1 "Best practice for data migration": storage and metadata move together, by backup, copy, destroy and restore.
// The document backs the metadata up before the copy and so loses every push made in between; here a second backup is
// taken when pushes have stopped, and that one is restored. Steps are those of the plan (domain/migration/plan.ts).

import type { MigrationInput, MigrationResult } from '../../contracts/migration.ts';
import type { BackupContent, Closure } from '../../contracts/registry-activities.ts';
import { committed, inWindow } from '../operation/activity-profiles.ts';
import { reasonOf } from '../operation/failure.ts';
import { collectGarbage } from './garbage.ts';
import { runMigration } from './migration.ts';
import { keepBackup, type Migration, onceIn, remainingReplicas } from './migration-state.ts';
import { copyUntilClosed, noteInUse, proveBeforeNoReturn, removeMark } from './prove.ts';
import { persist, type Way } from './recovery.ts';
import { proveThere } from './switch-over.ts';
import { goUpToWindow, inTheWindow } from './up-to-window.ts';
import { countTags, unlessPushed, verifyOrChoose, verifyTheRest } from './verification.ts';
import { leaveOut, withoutIll } from './without-replicas.ts';

export async function bestPracticeMigration(input: MigrationInput): Promise<MigrationResult> {
  return runMigration('best-practice', input, carryOut);
}

async function carryOut(migration: Migration): Promise<void> {
  const { subject } = migration;

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
        await inWindow.backUpMetadata({
          ...onceIn(migration),
          name: 'final',
          replica: subject.replicas[0]!.id,
          holding,
        }),
      );

      await proveBeforeNoReturn(migration);
    },

    commit: async () => {
      await noteInUse(migration);
      while (!(await rebuild(migration)));
      await removeMark(migration);

      migration.step('close-window');
    },
  });

  await verifyTheRest(migration);

  await collectGarbage(migration);
}

/** False: a person wants it to be done from the start. */
async function rebuild(migration: Migration): Promise<boolean> {
  const { subject, plan, backups } = migration;
  const { registry, destination: storage } = subject;
  const [first, ...others] = remainingReplicas(migration);
  const isFirst = migration.attempt === 1;
  let fromTheStart = false;
  const startAgain = async (): Promise<'done'> => {
    fromTheStart = true;
    migration.attempt += 1;
    return 'done';
  };
  const restoreAgain: Way[] = [
    {
      id: 'restore-again',
      title:
        'destroy what is there, and restore the final backup once more; unless something was pushed since',
      go: () => unlessPushed(migration, 'stay', startAgain),
    },
    {
      id: 'restore-unseen',
      title: 'the same where the registry cannot be asked what was pushed since',
      go: () => unlessPushed(migration, 'go', startAgain),
    },
  ];
  const must = async (action: () => Promise<unknown>, ways: Way[] = []): Promise<void> => {
    if (!fromTheStart) await persist(migration, action, [...restoreAgain, ...ways]);
  };

  migration.step('take-down');
  for (const replica of [...others, first]) {
    const takeDown = () => committed.takeDownReplica({ ...onceIn(migration), replica });
    await must(
      isFirst ? takeDown : () => ifThere(takeDown),
      replica === first ? [] : [leaveOut(migration, replica)],
    );
  }

  migration.step('bring-up');
  const backup = backups.at(-1)!;
  await must(() => committed.bringUpReplica({ ...onceIn(migration), backup, replica: first, storage }));
  await must(() => committed.waitUntilHealthy({ registry, replicas: [first] }));
  // Before anything else: what was pushed now would lie on the wrong storage.
  await must(() => committed.setReadOnly({ registry, readOnly: true }));
  await must(() => committed.proveReadOnly({ registry }));
  const how = plan.recipe.afterBringUp;
  if (how !== null)
    await must(() => committed.switchStorage({ ...onceIn(migration), storage, how, replica: first }));

  migration.step('join');
  for (const replica of others)
    if (!migration.without.includes(replica))
      await must(
        () => committed.joinReplica({ ...onceIn(migration), replica, existing: first }),
        [leaveOut(migration, replica)],
      );
  await must(
    () => proveThere(migration, { storage, other: subject.source, side: 'marked' }),
    withoutIll(migration),
  );

  migration.step('verify');
  if (!fromTheStart) await verifyOrChoose(migration, restoreAgain);
  return !fromTheStart;
}

/** Of a rebuilding that broke off nobody knows which replicas there are; one that is not there is refused by the command. */
async function ifThere(takeDown: () => Promise<void>): Promise<void> {
  try {
    await takeDown();
  } catch (error) {
    if (reasonOf(error).type !== 'CommandFailed') throw error;
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
