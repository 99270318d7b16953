// From a volume to each cloud, by both paths.

import { everyMove } from './every-storage.ts';

everyMove(
  [
    ['read-only', 'volume', 'azure-prod'],
    ['best-practice', 'volume', 'swift-prod'],
    ['read-only', 'volume', 'gcs-prod'],
  ],
  ['azure', 'swift', 'gcs'],
  ['azure-account-key', 'swift-password', 'gcs-account.json'],
);
