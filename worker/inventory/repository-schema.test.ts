// Repositories of backups: what belongs together is there, and they do not lie where they would be lost.

import { expect, test } from 'vitest';
import { mistakesAfter } from '../../test/support/inventory-file.ts';

const GOOD = '{ passphrase: { env: BACKUP_PASSPHRASE } }';
const encryptedBy = (encryption: string): string[] => mistakesAfter([GOOD, encryption]);

test.each<[string, string]>([
  ['{}', 'must have exactly one of passphrase and recipients'],
  [
    '{ passphrase: { env: P }, recipients: [{ file: a.asc }] }',
    'must have exactly one of passphrase and recipients',
  ],
  [
    '{ passphrase: { env: P }, secretKey: { file: key } }',
    'must have secretKey and secretKeyPassphrase only with recipients',
  ],
  ['{ recipients: [{ file: a.asc }] }', 'must have a secretKey: migrations restore from this repository'],
])('encryption %s', (encryption, problem) => {
  expect(encryptedBy(encryption)).toEqual([`39 repositories.main.encryption: ${problem}`]);
});

test('a passphrase of a secret key that is not there, beside what else is wrong', () => {
  expect(encryptedBy('{ recipients: [], secretKeyPassphrase: { env: P } }')).toEqual([
    '39 repositories.main.encryption: must have the secretKey of secretKeyPassphrase',
    '39 repositories.main.encryption: must have a secretKey: migrations restore from this repository',
    '39 repositories.main.encryption.recipients: must have at least one public key',
  ]);
});

test('public keys, with the secret key that reads again', () => {
  expect(encryptedBy('{ recipients: [{ file: a.asc }, { file: b.asc }], secretKey: { env: KEY } }')).toEqual(
    [],
  );
});

test('a repository that is only written to by others than migrations needs no secret key', () => {
  const other = `  other:
    storage: s3-prod
    encryption: { recipients: [{ file: a.asc }] }
    signing: { key: { env: KEY } }
`;
  expect(mistakesAfter(['repositories:\n', `repositories:\n${other}`])).toEqual([]);
});

const withFirstOn = (storage: string): string[] =>
  mistakesAfter([
    'repositories:\n',
    `repositories:
  first:
    storage: ${storage}
    encryption: ${GOOD}
    signing: { key: { env: KEY } }
`,
  ]);

test('the storage of a registry, one that is not there, and that of another repository', () => {
  expect(withFirstOn('local')).toEqual([
    '38 repositories.first.storage: must not be the storage of a registry',
  ]);
  expect(withFirstOn('nowhere')).toEqual([
    '38 repositories.first.storage: there is no storage of this name under storages',
  ]);
  expect(withFirstOn('files')).toEqual([
    '42 repositories.main.storage: the repository first lies there already',
  ]);
});

test('a passphrase in clear is reported and not shown', () => {
  const [mistake] = encryptedBy('{ passphrase: hunter2-hunter2 }');
  expect(mistake).toContain('39 repositories.main.encryption.passphrase: a secret stands here in clear');
  expect(mistake).not.toContain('hunter2');
});
