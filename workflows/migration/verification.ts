// What must be there afterwards, and whether it is: the list of tags when pushes had stopped is what the registry must
// serve from the new storage.

import { CancellationScope } from '@temporalio/workflow';
import type { Verification } from '../../contracts/registry-activities.ts';
import { VERIFICATION_IN_WINDOW_MS } from '../../domain/migration/verification-in-window.ts';
import { inWindow, transfer } from '../operation/activity-profiles.ts';
import { failure } from '../operation/failure.ts';
import { unnumbered } from '../operation/status-board.ts';
import type { Migration } from './migration-state.ts';

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
  const final = await inWindow.snapshotTags({ registry, job, name: 'final' });
  // An empty list equals an empty list afterwards: it would prove nothing and lose everything.
  if (final.tags === 0 && migration.tagsBefore.tags > 0)
    throw failure(
      'SourceUnstable',
      `${registry} lists no tag, and listed ${migration.tagsBefore.tags} when the plan was made.`,
    );
  migration.tagsFinal = final;
  migration.tagsSinceBackup = await inWindow.compareTags({
    job,
    before: migration.tagsBefore.key,
    after: final.key,
    name: 'since-backup',
  });
}

/** After the switch: the same tags with the same digests, and as many of their manifests and blobs as time allows. */
export async function verify(migration: Migration): Promise<Verification> {
  const { registry, job } = migration.subject;
  const snapshot = migration.tagsFinal!.key;
  const after = await inWindow.snapshotTags({ registry, job, name: 'after' });
  migration.tagsAfter = after;
  const [verification, lost] = await Promise.all([
    inWindow.verifyImages({
      registry,
      job,
      name: 'window',
      snapshot,
      sample: SAMPLE_TAGS,
      from: 0,
      withinMs: VERIFICATION_IN_WINDOW_MS,
      tolerated: toleratedOf(migration),
    }),
    inWindow.compareTags({ job, before: snapshot, after: after.key, name: 'lost' }),
  ]);
  const whole = {
    ...verification,
    problems: verification.problems + lost.added + lost.changed + lost.removed,
  };
  migration.verification = whole;
  return whole;
}

/**
 * When pushes go on: what the window had no time for, and always a sample that is pulled whole. The registry has moved:
 * a cancellation does not end it.
 */
export async function verifyTheRest(migration: Migration): Promise<void> {
  migration.board.enter(
    'verifying',
    unnumbered('verify-the-rest', 'Verify the tags that the window had no time for'),
  );
  await CancellationScope.nonCancellable(() => verifyFrom(migration));
}

async function verifyFrom(migration: Migration): Promise<void> {
  const { registry, job } = migration.subject;
  const begun = migration.verification!;
  const { key: snapshot, tags } = migration.tagsFinal!;
  const wanted = Math.min(SAMPLE_TAGS, tags);
  if (begun.checkedTo >= tags && begun.pulledTags >= wanted) return;
  const from = Math.min(begun.checkedTo, tags - wanted);
  const rest = await transfer.verifyImages({
    registry,
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
  requireVerified(whole);
}

/** Ends the migration when the registry does not serve all that the final list of tags names. */
export function requireVerified({ problems, key }: Verification): void {
  if (problems > 0)
    throw failure(
      'VerificationFailed',
      `${problems} manifests or blobs are missing or different on the new storage; see ${key} in the journal.`,
    );
}

const toleratedOf = ({ baseline, acceptedDamage }: Migration) => ({
  problems: baseline === null || baseline.problems === 0 ? null : baseline.key,
  damagedInPass: acceptedDamage?.pass ?? null,
});
