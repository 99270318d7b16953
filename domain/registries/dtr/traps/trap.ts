// What a row of the trap atlas is.

import type { MigrationPath } from '../../../../contracts/names.ts';
import type { Mode } from '../lines.ts';
import type { Versions } from '../version.ts';

/** Of a destination, as the operator thinks of it. */
export type Place = 'NFS' | 'a volume or folder' | 'a cloud storage';

export type Trap = Versions & {
  /** Stable, e.g. to be looked for in a list. */
  id: string;
  /** Of 2.5, which has both; absent: whichever. */
  mode?: Mode;
  /** Absent: any. */
  to?: Place;
  path?: MigrationPath;
  /** What becomes of a registry whose operator walks into it. */
  happens: string;
  source: string;
  /** Where the sources contradict each other or say nothing, and what was made of it. */
  unclear?: string;
  /** What of Transship finds it, or keeps away from it, and when. */
  check: string;
  /** The sentence that the operator reads; `<name>` stands for a value. */
  says: string;
  /** Where they read it. */
  in: 'refusal' | 'finding' | 'warning' | 'plan' | 'failure';
  /** The test that fails when the check does not find it. */
  test: { file: string; title: string };
};
