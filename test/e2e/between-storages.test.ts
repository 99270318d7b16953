// To an export, and from one cloud to another and back to a volume.

import { everyMove } from './every-storage.ts';

everyMove(
  [
    ['read-only', 'volume', 'nfs-prod'],
    ['read-only', 'swift', 's3-prod'],
    ['best-practice', 'azure', 'volume-new'],
  ],
  ['azure', 'swift', 'nfs'],
  ['azure-account-key', 'swift-password'],
);
