// The repository of backups of an inventory in tests.

import type { RepositoryEntry, SecretRef } from '../../contracts/inventory.ts';

export const repositoriesOn = (
  storage: string,
  passphrase: SecretRef = { env: 'BACKUP_PASSPHRASE' },
): Record<'main', RepositoryEntry> => ({
  main: { storage, encryption: { passphrase }, signing: { key: { env: 'BACKUP_SIGNING_KEY' } } },
});
