// How what a storage can do is told by those who try it: one row for each thing that was tried.

import type { ProbeRow } from '../../contracts/storage.ts';

/** Without `name`, which the row's place in the table gives. */
export type Finding = Omit<ProbeRow, 'name'>;

/** Carries `work` out and writes down what it found; an error is a finding too. */
export type Attempt = (name: string, work: () => Promise<Finding>) => Promise<void>;
