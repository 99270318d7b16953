// What must be there afterwards, and whether it is: the list of tags when pushes had stopped is what the registry must
// serve from the new storage.

import { CancellationScope } from '@temporalio/workflow';
import type { TagComparison, Verification } from '../../contracts/registry-activities.ts';
import { VERIFICATION_IN_WINDOW_MS } from '../../domain/migration/verification-in-window.ts';
import { committed, inWindow, transfer } from '../operation/activity-profiles.ts';
import { failure, reasonOf } from '../operation/failure.ts';
import { unnumbered } from '../operation/status-board.ts';
import { type Migration, remaining } from './migration-state.ts';
import { again, choose, persist, stayReadOnly, type Way } from './recovery.ts';

/** A list that lost more than this since the plan is not believed: an API that hiccups shows less, too. */
const MAX_LOST_SHARE = 0.5;
/** Tags that are pulled whole and hashed; the others are looked at manifest by manifest and blob by blob. */
const SAMPLE_TAGS = 20;

/** Before the window: what is missing already is not the fault of the move, and must not make it fail. */
export async function lookForMissingParts(migration: Migration): Promise<void> {
  const { registry, job } = migration.subject;
  migration.baseline = await transfer.verifyImages({
    registry,
    job,
    name: 'baseline',
    snapshot: migration.tagsBefore.key,
    sample: 0,
    from: 0,
    withinMs: null,
    tolerated: { problems: null, damagedInPass: null },
  });
}

/** Inside the window: the final list of tags, and what changed since the plan (what S0 to the letter would lose). */
export async function countTags(migration: Migration): Promise<void> {
  const { registry, job } = migration.subject;
  const before = migration.tagsBefore;
  const final = await inWindow.snapshotTags({ registry, job, name: 'final' });
  if (final.tags < before.tags * (1 - MAX_LOST_SHARE))
    throw failure(
      'SourceUnstable',
      `${registry} lists ${final.tags} tags, and listed ${before.tags} when the plan was made: so many are not lost by themselves. Look at what it lists, and start again.`,
    );
  migration.tagsFinal = final;
  migration.tagsSinceBackup = await inWindow.compareTags({
    job,
    before: before.key,
    after: final.key,
    name: 'since-backup',
  });
}

/**
 * After the switch: every tag of the final list is there with its digest, and as many of the manifests and blobs as time
 * allows are served. Tags that came since are looked at as well, and no loss.
 */
export async function verify(migration: Migration): Promise<Verified> {
  const { job } = migration.subject;
  const asked = remaining(migration);
  const after = await committed.snapshotTags({ ...asked, job, name: 'after' });
  migration.tagsAfter = after;
  const lost = await committed.compareTags({
    job,
    before: migration.tagsFinal!.key,
    after: after.key,
    name: 'lost',
  });
  const verification = await committed.verifyImages({
    ...asked,
    job,
    name: 'window',
    snapshot: after.key,
    sample: SAMPLE_TAGS,
    from: 0,
    withinMs: VERIFICATION_IN_WINDOW_MS,
    tolerated: toleratedOf(migration),
  });
  const whole = { ...verification, problems: verification.problems + lost.changed + lost.removed };
  migration.verification = whole;
  return { verification: whole, lost };
}

export type Verified = { verification: Verification; lost: TagComparison };

/** Verifies until nothing is missing, or a person has chosen how to go on. `ways`: beside those that there always are. */
export async function verifyOrChoose(migration: Migration, ways: Way[]): Promise<void> {
  for (;;) {
    const found = await persist(migration, () => verify(migration), ways);
    if (found === null || found.result.verification.problems === 0) return;
    const chosen = await choose(migration, wordsOf(found.result), [
      again('verify-again', 'look once more'),
      ...ways,
      acceptMissing(migration),
      stayReadOnly(migration),
    ]);
    if (chosen === 'done') return;
  }
}

/** The registry has moved, and what is missing is missing. */
const acceptMissing = (migration: Migration): Way => ({
  id: 'go-on',
  title: 'stay on the new storage without what is missing; garbage collection stays off',
  go: async () => {
    migration.missingParts = true;
    return 'done';
  },
});

/**
 * What was pushed since the final list, in a sentence; null: nothing. Asked with pushes refused, whoever may have allowed them.
 * Throws when the registry cannot be asked.
 */
async function pushedSince(migration: Migration): Promise<string | null> {
  const { subject, tagsFinal } = migration;
  const { job } = subject;
  const asked = remaining(migration);
  await committed.setReadOnly({ ...asked, readOnly: true });
  const now = await committed.snapshotTags({ ...asked, job, name: 'going-back' });
  const { added, changed, untagged } = await committed.compareTags({
    job,
    before: tagsFinal!.key,
    after: now.key,
    name: 'going-back',
  });
  return added + changed + untagged === 0
    ? null
    : `${added} tags were pushed, ${changed} changed and ${untagged} manifests came without a tag since the final list; this way would lose them.`;
}

/**
 * A way that leads back over what was pushed since is not gone. `unseen`: where nobody can tell it is not gone either, or a
 * person takes it on himself.
 */
export async function unlessPushed(
  migration: Migration,
  unseen: 'stay' | 'go',
  go: () => ReturnType<Way['go']>,
): ReturnType<Way['go']> {
  try {
    const pushed = await pushedSince(migration);
    if (pushed !== null) return { not: pushed };
  } catch (error) {
    if (unseen === 'stay')
      return {
        not: `Whether anything was pushed since cannot be seen (${reasonOf(error).message}), so this way is not gone now.`,
      };
  }
  return await go();
}

const wordsOf = ({ verification, lost }: Verified): string =>
  [
    `${verification.problems} tags, manifests or blobs are missing or different on the new storage`,
    ...(lost.removed > 0 ? [`${lost.removed} tags are gone`] : []),
    ...(lost.changed > 0 ? [`${lost.changed} tags are not as they were`] : []),
    ...(lost.added + lost.untagged > 0
      ? [`${lost.added} tags and ${lost.untagged} manifests without one were pushed since the final list`]
      : []),
  ].join(', ') + `; ${verification.key} and ${lost.key} in the journal name them.`;

/**
 * When pushes go on: what the window had no time for, and always a sample that is pulled whole. The registry has moved:
 * a cancellation does not end it.
 */
export async function verifyTheRest(migration: Migration): Promise<void> {
  migration.board.enter(
    'verifying',
    unnumbered('verify-the-rest', 'Verify the tags that the window had no time for'),
  );
  await migration.pauses.hereGoingForward();
  try {
    await CancellationScope.nonCancellable(() => verifyFrom(migration));
  } catch (error) {
    // What was not looked at may be missing
    migration.missingParts = true;
    throw error;
  }
}

async function verifyFrom(migration: Migration): Promise<void> {
  const { job } = migration.subject;
  const begun = migration.verification!;
  const { key: snapshot, tags } = migration.tagsAfter!;
  const wanted = Math.min(SAMPLE_TAGS, tags);
  if (begun.checkedTo >= tags && begun.pulledTags >= wanted) return;
  const from = Math.min(begun.checkedTo, tags - wanted);
  const rest = await transfer.verifyImages({
    ...remaining(migration),
    job,
    name: 'rest',
    snapshot,
    sample: SAMPLE_TAGS,
    from,
    withinMs: null,
    tolerated: toleratedOf(migration),
  });
  const whole: Verification = {
    tags: rest.checkedTo,
    checkedTo: rest.checkedTo,
    manifests: begun.manifests + rest.manifests,
    blobs: begun.blobs + rest.blobs,
    pulledTags: begun.pulledTags + rest.pulledTags,
    pulledBytes: begun.pulledBytes + rest.pulledBytes,
    problems: begun.problems + rest.problems,
    known: begun.known + rest.known,
    unverified: begun.unverified + rest.unverified,
    key: rest.problems > 0 ? rest.key : begun.key,
  };
  migration.verification = whole;
  // Who accepted that images are missing is told in the report which ones
  if (rest.problems === 0 || migration.missingParts) return;
  throw failure(
    'VerificationFailed',
    `${rest.problems} manifests or blobs are missing or different on the new storage; see ${rest.key} in the journal. The registry accepts pushes there; garbage collection stays off.`,
  );
}

const toleratedOf = ({ baseline, acceptedDamage }: Migration) => ({
  problems: baseline === null || baseline.problems === 0 ? null : baseline.key,
  damagedInPass: acceptedDamage?.pass ?? null,
});
