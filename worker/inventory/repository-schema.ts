// The repositories of an inventory: where backups are kept, and what protects them there. What belongs together is checked
// in cross-checks.ts, which sees other mistakes beside it.

import { z } from 'zod';
import { name, secret } from './fields.ts';

const encryption = z
  .strictObject({
    passphrase: secret
      .optional()
      .describe('Passphrase of `gpg --symmetric`, one line. Exactly one of `passphrase` and `recipients`.'),
    recipients: z
      .array(secret)
      .min(1, 'must have at least one public key')
      .optional()
      .describe(
        'Public keys that archives are encrypted for, as `gpg --export` writes them, each a reference.',
      ),
    secretKey: secret
      .optional()
      .describe(
        'With `recipients`: secret key of one of them, as `gpg --armor --export-secret-keys` writes it. Only where archives are read again.',
      ),
    secretKeyPassphrase: secret.optional().describe('Passphrase of `secretKey`, where it has one.'),
  })
  .describe('How metadata archives are encrypted, with gpg.');

export const repository = z.strictObject({
  storage: name.describe('The storage that it lies in. No other repository lies there.'),
  encryption,
  signing: z
    .strictObject({
      key: secret.describe('Ed25519 private key, PEM: `openssl genpkey -algorithm ed25519`.'),
    })
    .describe('What the manifests of sets are signed with.'),
});
