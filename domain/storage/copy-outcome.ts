// What copying one storage to another without Temporal came to.

import type { PassPlan, ShardResult } from '../../contracts/storage-activities.ts';

export type DamagedObject = { key: string; expected: string; actual: string };

export type CopyOutcome = ShardResult & {
  source: string;
  destination: string;
  /** Objects and bytes at the source when it was listed last. */
  sourceObjects: number;
  sourceBytes: number;
  /** Did it go on where an earlier copy was interrupted? */
  resumed: boolean;
  /** At most five of the damaged objects. */
  examples: DamagedObject[];
  /** Folder in the journal where the results name every object. */
  folder: string;
};

/** While it runs; before a pass is planned nothing is known of it. */
export type CopyDetails = { pass: number; plan: PassPlan | null; doneObjects: number; doneBytes: number };
