// A registry's own configuration becomes a storage that the inventory takes, and shows no secret on the way.

import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { GOOD_INVENTORY } from '../../../test/support/inventory-file.ts';
import { checkInventory } from '../load.ts';
import { importStorage, type ImportedStorage } from './import-storage.ts';

const refer = (field: string): Record<string, string> => ({ env: field.toUpperCase() });

function imported(text: string): ImportedStorage {
  const found = importStorage(text, refer);
  if ('mistakes' in found) throw new Error(JSON.stringify(found.mistakes));
  return found;
}

const mistakes = (text: string): string[] => {
  const found = importStorage(text, refer);
  return 'mistakes' in found
    ? found.mistakes.map(({ line, path, problem }) => `${line} ${path}: ${problem}`)
    : [];
};

const S3 = `accesskey: AKIASECRET
    secretkey: wJalrSECRET
    region: eu-west-1
    bucket: images`;

describe('the section of', () => {
  test.each([
    [
      's3, as the page of S1 has it',
      `s3: { accesskey: "", secretkey: "", region: eu-west-1, bucket: images, rootdirectory: /r, v4auth: true, secure: true, skipverify: false }`,
      {
        kind: 's3',
        region: 'eu-west-1',
        bucket: 'images',
        rootdirectory: '/r',
        v4auth: true,
        secure: true,
        skipverify: false,
      },
    ],
    [
      's3 of another server, whose scheme secure decides, with numbers that are names',
      `s3aws: { accesskey: x, secretkey: y, region: minio, bucket: 0123, regionendpoint: "10.0.0.1:9000", secure: no }`,
      {
        kind: 's3',
        accesskey: { env: 'ACCESSKEY' },
        secretkey: { env: 'SECRETKEY' },
        region: 'minio',
        bucket: '0123',
        regionendpoint: 'http://10.0.0.1:9000',
        secure: false,
      },
    ],
    [
      'azure',
      `azure: { accountname: images, accountkey: a2V5, container: images, realm: core.windows.net }`,
      {
        kind: 'azure',
        accountname: 'images',
        accountkey: { env: 'ACCOUNTKEY' },
        container: 'images',
        realm: 'core.windows.net',
        legacyrootprefix: true,
      },
    ],
    [
      'azure that trims the prefix',
      `azure: { accountname: images, accountkey: a2V5, container: images, trimlegacyrootprefix: true }`,
      {
        kind: 'azure',
        accountname: 'images',
        accountkey: { env: 'ACCOUNTKEY' },
        container: 'images',
        legacyrootprefix: false,
      },
    ],
    [
      'gcs',
      `gcs: { bucket: images, keyfile: /etc/gcs.json }`,
      { kind: 'gcs', bucket: 'images', keyfile: { file: '/etc/gcs.json' } },
    ],
    [
      'swift',
      `swift: { authurl: "https://k.example.com/v3", username: u, password: p, container: images, chunksize: 5242880, insecureskipverify: true }`,
      {
        kind: 'swift',
        authurl: 'https://k.example.com/v3',
        username: 'u',
        password: { env: 'PASSWORD' },
        container: 'images',
        chunksize: 5_242_880,
        insecureskipverify: true,
      },
    ],
    [
      'filesystem',
      `filesystem: { rootdirectory: /storage, maxthreads: 100 }`,
      { kind: 'filesystem', path: '/storage' },
    ],
  ])('%s', (_, section, entry) => {
    const found = imported(section);
    expect(found.entry).toEqual(entry);
    const inventory = GOOD_INVENTORY.replace('storages:\n', `storages:\n  new: ${JSON.stringify(entry)}\n`);
    expect(checkInventory(inventory)).toHaveProperty('inventory');
    for (const wrapped of [`storage: { ${section} }`, `\uFEFFversion: 0.1\r\nstorage:\r\n  ${section}\r\n`])
      expect(imported(wrapped).entry).toEqual(entry);
  });
});

test('holds no secret in what is shown, and gives each to who asks for it', () => {
  const text = `storage:\n  s3:\n    ${S3}\n  cache: { blobdescriptor: wSECRETw }\nhttp: { secret: wSECRETw }\n`;
  const { secrets, ...shown } = imported(text);
  expect(JSON.stringify(shown)).not.toMatch(/AKIA|wJalr|wSECRETw/);
  expect(secrets.map(({ field, value, at }) => [field, value, at.line])).toEqual([
    ['accesskey', 'AKIASECRET', 3],
    ['secretkey', 'wJalrSECRET', 4],
  ]);
  expect(
    imported('gcs: { bucket: b, credentials: { type: service_account, private_key: "a\\nb" } }').secrets[0],
  ).toMatchObject({
    field: 'keyfile',
    value: '{"type":"service_account","private_key":"a\\nb"}',
  });
});

test('names all that it ignores, and why', () => {
  const { ignored } = imported(
    `version: 0.1\nstorage:\n  delete: { enabled: true }\n  s3:\n    ${S3}\n    encrypt: true\n    storageclass: STANDARD_IA\n    colour: blue\n`,
  );
  expect(ignored.map(({ line, path, problem }) => `${line} ${path}: ${problem}`)).toEqual([
    '1 version: ignored: not of the storage',
    '3 storage.delete: ignored: it is asked of the registry itself',
    '9 storage.s3.encrypt: ignored: copies are encrypted as the bucket has it by default',
    '10 storage.s3.storageclass: ignored: copies get the default class of the bucket',
    '11 storage.s3.colour: ignored: no field of this driver that is known here',
  ]);
});

const remarks = (text: string): string =>
  imported(text)
    .remarks.map(({ path, problem }) => `${path}: ${problem}`)
    .join('\n');

test('remarks on what a person has to look at', () => {
  expect(remarks(`s3: { region: eu-west-9, bucket: b }`)).toMatch(/^s3\.region: is none of the regions/);
  expect(
    remarks(`s3: { accesskey: "********", secretkey: "<redacted>", region: eu-west-1, bucket: b }`),
  ).toMatch(/^s3\.accesskey: is masked.*\ns3\.secretkey: is masked/);
  expect(remarks(`azure: { accountname: abc, accountkey: k, container: abc }`)).toContain(
    'legacyrootprefix: taken for true',
  );
  expect(remarks(`gcs: { bucket: b, keyfile: /k }`)).toContain('gcs.keyfile: a file of the machine');
  expect(remarks(`filesystem: { rootdirectory: /storage }`)).toContain(
    'filesystem.rootdirectory: the folder as',
  );
});

test('lists all mistakes at once, and shows no value', () => {
  const text = `storage:
  s3:
    accesskey: SECRET
    secure: maybe
    v4auth: false
    regionendpoint: "https://user:SECRET@minio"
    region: [SECRET]
    bucket: b
    bucket: c
`;
  expect(mistakes(text)).toEqual([
    '2 storage.s3: must have both of accesskey and secretkey, or neither',
    '4 storage.s3.secure: must be true or false',
    expect.stringMatching(/^5 storage\.s3\.v4auth: only signature version 4/),
    expect.stringMatching(/^6 storage\.s3\.regionendpoint: must not hold credentials/),
    '7 storage.s3.region: must be a text',
    '9 : this key stands here for the second time',
  ]);
  expect(mistakes(`swift: { authurl: "https://k/v3", chunksize: 5M, authversion: 4 }`)).toEqual([
    '1 swift.username: is missing',
    '1 swift.password: is missing',
    '1 swift.container: is missing',
    '1 swift.chunksize: must be a whole number',
    expect.stringContaining('swift.authversion: must be 1, 2 or 3') as string,
  ]);
});

test.each([
  ['', 'names no driver'],
  ['storage: inmemory', 'must be a mapping of a driver to its fields'],
  ['- a', 'must be a mapping'],
  ['storage: { delete: { enabled: true } }', 'names no driver'],
  ['oss: { bucket: b }', 'names a driver that is none of s3, s3aws, azure'],
  ['s3: { bucket: b }\ngcs: { bucket: b }', 'names 2 drivers or unknown keys'],
  ['s3:', 'must be a mapping of fields'],
  ['gcs: { bucket: b, keyfile: /k, credentials: { a: b } }', 'the same stands here in two ways'],
  ['s3: { bucket: "b', 'not YAML'],
  ['s3: { bucket: *b }', 'an alias has no anchor'],
])('refuses %j', (text, problem) => {
  expect(mistakes(text).join('\n')).toContain(problem);
});

test('takes what it has made as it is', () => {
  const { entry } = imported(`s3: { region: eu-west-1, bucket: "yes", rootdirectory: "0x10" }`);
  const inventory = GOOD_INVENTORY.replace(
    'storages:\n',
    stringify({ storages: { new: entry } }, { lineWidth: 0 }),
  );
  expect(checkInventory(inventory)).toMatchObject({
    inventory: { storages: { new: { bucket: 'yes', rootdirectory: '0x10' } } },
  });
});
