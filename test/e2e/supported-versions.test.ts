// The versions that their vendor still supports, each moved by a way that only they have: MSR 2.9 to S3, with its tags kept by an exact
// copy, and MSR 2.10 restored on an export, by a volume that is made for it.

import { everyMove } from './every-storage.ts';

everyMove(
  [
    ['read-only', 'volume', 's3-prod', '2.9.29'],
    ['best-practice', 'volume', 'nfs-prod', '2.10.0'],
  ],
  ['nfs'],
  ['s3-secret-key'],
);
