// Back to the storage that a registry was moved from last, with everything that was pushed since. It is the read-only path
// whatever path led away: the old content is still there, so the copy is short, and nothing has to be taken down. Which storage
// that is says the journal, and whether somebody else has used it since is asked of the storage itself.

import type { MigrationResult, ReturnInput } from '../../contracts/migration.ts';
import { quick } from '../operation/activity-profiles.ts';
import { runMigration } from './migration.ts';
import { moveReadOnly } from './read-only-migration.ts';

export async function returnToPreviousStorage(input: ReturnInput): Promise<MigrationResult> {
  return runMigration('read-only', input, moveReadOnly, {
    destination: 'its previous storage',
    resolve: (asked) => quick.resolveReturn(asked),
  });
}
