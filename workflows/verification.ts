// What must be there afterwards, and whether it is: the list of tags when pushes had stopped is what the registry must
// serve from the new storage.

import type { Verification } from '../contracts/registry-activities.ts';
import { inWindow } from './activity-profiles.ts';
import type { Migration } from './migration.ts';

/** Tags that are pulled whole and hashed; the others are looked at manifest by manifest and blob by blob. */
const SAMPLE_TAGS = 20;

/** Inside the window: the final list of tags, and what changed since the plan (what S0 to the letter would lose). */
export async function countTags(migration: Migration): Promise<void> {
  const { registry, job } = migration.subject;
  const final = await inWindow.snapshotTags({ registry, job, name: 'final' });
  migration.tagsSinceBackup = await inWindow.compareTags({
    job,
    before: migration.tagsBefore.key,
    after: final.key,
    name: 'since-backup',
  });
}

/** After the switch: the same tags, and every manifest and blob of them. */
export async function verify(migration: Migration): Promise<Verification> {
  const { registry, job } = migration.subject;
  const after = await inWindow.snapshotTags({ registry, job, name: 'after' });
  migration.tagsAfter = after;
  const [verification, lost] = await Promise.all([
    inWindow.verifyImages({ registry, job, snapshot: `${job}/tags-final.ndjson`, sample: SAMPLE_TAGS }),
    inWindow.compareTags({ job, before: `${job}/tags-final.ndjson`, after: after.key, name: 'lost' }),
  ]);
  migration.verification = { ...verification, problems: verification.problems + lost.changed + lost.removed };
  return migration.verification;
}
