// To an export, and from one cloud to another and back to an export; two of them with the versions that their vendor still
// supports: MSR 2.9 keeps its tags by an exact copy, and MSR 2.10 is restored on an export by a volume that is made for it.

import { everyMove } from './every-storage.ts';

everyMove(
  [
    ['read-only', 'volume', 'nfs-prod'],
    ['read-only', 'swift', 's3-prod', '2.9.29'],
    ['best-practice', 'azure', 'nfs-prod', '2.10.0'],
  ],
  ['azure', 'swift', 'nfs'],
  ['azure-account-key', 'swift-password'],
);
