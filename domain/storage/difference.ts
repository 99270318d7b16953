// What comparing two storages says of each key, in the letters of `rclone check`, so that scripts and eyes know them.

import type { DifferenceOp } from '../../contracts/storage.ts';

export const DIFFERENCE_MEANING: Record<DifferenceOp, string> = {
  '=': 'the same',
  '-': 'missing at the source',
  '+': 'missing at the destination',
  '*': 'different',
  '!': 'could not be compared',
};
