// Every mistake is found and told with its line, and a secret that stands in the file is not shown.

import { describe, expect, test } from 'vitest';
import { GOOD_INVENTORY, mistakesAfter } from '../../test/support/inventory-file.ts';
import { checkInventory } from './load.ts';

describe('each mistake is found', () => {
  test.each<[string, [string, string], string]>([
    ['unknown key', ['kind: dtr', 'kind: dtr\n    colour: red'], '4 registries.prod.colour: unknown key'],
    ['missing key', ['    storage: local\n', ''], '2 registries.prod.storage: is missing'],
    [
      'unknown storage',
      ['storage: local', 'storage: locale'],
      '14 registries.prod.storage: there is no storage of this name under storages',
    ],
    [
      'unknown bootstrap host',
      ['bootstrapHost: node-1', 'bootstrapHost: n2'],
      '11 registries.prod.bootstrapHost: there is no host of this name under hosts',
    ],
    [
      'unknown host of a replica',
      ['host: node-1, node', 'host: n2, node'],
      '13 registries.prod.replicas[0].host: there is no host of this name under hosts',
    ],
    [
      'unknown host of a storage',
      ['host: node-1, volume', 'host: n2, volume'],
      '24 storages.local.host: there is no host of this name under hosts',
    ],
    [
      'unknown journal',
      ['journal: files', 'journal: filez'],
      '32 journal: there is no storage of this name under storages',
    ],
    [
      'unknown backups',
      ['backups: main', 'backups: mainz'],
      '33 backups: there is no repository of this name under repositories',
    ],
    [
      'journal in the storage that is moved',
      ['journal: files', 'journal: local'],
      '32 journal: must not be the storage of a registry',
    ],
    [
      'replica id',
      ['"0a1b2c3d4e5f"', '"0A1b"'],
      '13 registries.prod.replicas[0].id: must be 12 hexadecimal characters in lower case',
    ],
    [
      'path and volume',
      ['volume: dtr', 'path: /srv, volume: dtr'],
      '24 storages.local: must have exactly one of path, volume and nfs',
    ],
    [
      'neither path nor volume',
      [', volume: dtr-registry-0a1b2c3d4e5f', ''],
      '24 storages.local: must have exactly one of path, volume and nfs',
    ],
    [
      'signature version 2',
      ['bucket: images', 'bucket: images\n    v4auth: false'],
      '28 storages.s3-prod.v4auth: only signature version 4 can be served: every current S3 server has it',
    ],
    [
      'half a key pair',
      ['    secretkey: { env: S3_SECRET }\n', ''],
      '25 storages.s3-prod: must have both of accesskey and secretkey, or neither',
    ],
    [
      'a session token without its keys',
      [
        '    accesskey: { env: S3_ACCESS }\n    secretkey: { env: S3_SECRET }\n',
        '    sessiontoken: { env: T }\n',
      ],
      '25 storages.s3-prod: must have the accesskey and secretkey that sessiontoken belongs to',
    ],
    [
      'host key',
      ['ssh-ed25519 A', 'ssh-dss A'],
      '22 hosts.node-1.hostKeys[0]: must be a host key such as `ssh-ed25519 AAAAC3…`, without a comment',
    ],
    [
      'url',
      ['https://registry.example.com', 'registry.example.com'],
      '4 registries.prod.url: must be a URL such as https://registry.example.com',
    ],
    [
      'storage kind',
      ['kind: filesystem', 'kind: tape'],
      '31 storages.files.kind: kind must be one of filesystem, host, s3, azure, gcs, swift',
    ],
    [
      'duration',
      ['12h', '12 hours'],
      '35 approvals.plan.expiresIn: must be a duration such as 30m, 12h or 7d, of at most a year',
    ],
    ['type', ['user: root', 'user: [root]'], '19 hosts.node-1.user: must be a string'],
    [
      'name',
      ['  prod:', '  Prod:'],
      '2 registries.Prod: a name has lower-case letters, digits, dots, dashes and underscores, at most 63',
    ],
    [
      'duplicate key',
      ['username: admin\n', 'username: admin\n    username: root\n'],
      '6 : this key stands here for the second time',
    ],
  ])('%s', (_name, replacement, expected) => {
    expect(mistakesAfter(replacement)).toEqual([expected]);
  });

  test.each([
    ['white space around', '" https://h"'],
    ['a control character in', '"https://h\\0"'],
  ])('%s a URL', (_what, url) => {
    expect(mistakesAfter(['url: https://registry.example.com', `url: ${url}`])).toEqual([
      '4 registries.prod.url: must hold no white space and no control characters',
    ]);
  });

  test('a control character in a text', () => {
    expect(mistakesAfter(['bucket: images', 'bucket: "ima\\nges"'])).toEqual([
      '27 storages.s3-prod.bucket: must not hold control characters',
    ]);
  });

  test('a second registry with what the first one has', () => {
    const [, first] = /^registries:\n(.*?)^hosts:/ms.exec(GOOD_INVENTORY)!;
    const second = first!
      .replace('  prod:', '  other:')
      .replace('registry.example.com', 'REGISTRY.example.com:443');
    expect(mistakesAfter(['hosts:\n', `${second}hosts:\n`])).toEqual([
      '18 registries.other.url: prod has this URL already',
      '27 registries.other.replicas[0].id: prod has this replica id already',
      '27 registries.other.replicas[0].url: prod has this URL already',
      '28 registries.other.storage: prod has this storage already',
    ]);
  });

  test('the second replica with the same id', () => {
    const line = '      - { id: "0a1b2c3d4e5f", host: node-1, node: node-1, url: "https://10.0.0.1" }\n';
    expect(mistakesAfter([line, line + line])).toEqual([
      '14 registries.prod.replicas[1].id: another replica has this id',
    ]);
  });

  test('all at once, in the order of the lines, those of the schema and those of references', () => {
    const mistakes = mistakesAfter(
      ['journal: files', 'journal: filez'],
      ['kind: dtr', 'kind: dtr\n    colour: red'],
      ['bucket: images', 'bucket: ""'],
      ['storage: local', 'storage: locale'],
    );
    expect(mistakes.map((mistake) => mistake.split(' ', 2).join(' '))).toEqual([
      '4 registries.prod.colour:',
      '15 registries.prod.storage:',
      '28 storages.s3-prod.bucket:',
      '33 journal:',
    ]);
  });

  test('an empty file lacks its sections', () => {
    const checked = checkInventory('');
    expect(checked).toMatchObject({
      mistakes: [
        { path: 'registries', problem: 'is missing' },
        { path: 'storages', problem: 'is missing' },
        { path: 'journal', problem: 'is missing' },
        { path: 'repositories', problem: 'is missing' },
        { path: 'backups', problem: 'is missing' },
      ],
    });
  });
});

describe('a secret in clear', () => {
  const SECRET = 'hunter2-hunter2';

  test.each<[string, [string, string]]>([
    ['instead of a reference', ['{ env: REGISTRY_PASSWORD }', SECRET]],
    ['as the name of a variable', ['env: REGISTRY_PASSWORD', `env: ${SECRET}`]],
    ['in a URL', ['https://registry', `https://admin:${SECRET}@registry`]],
    ['in broken YAML', ['{ env: REGISTRY_PASSWORD }', `"${SECRET}" "${SECRET}"`]],
    ['after a bracket', ['{ env: REGISTRY_PASSWORD }', `}${SECRET}`]],
    ['under an alias', ['{ env: REGISTRY_PASSWORD }', `*${SECRET}`]],
  ])('%s is reported and not shown', (_name, replacement) => {
    const mistakes = mistakesAfter(replacement);
    expect(mistakes).not.toEqual([]);
    expect(mistakes.join('\n')).not.toContain(SECRET);
  });

  test('is called by its name', () => {
    expect(mistakesAfter(['{ env: REGISTRY_PASSWORD }', SECRET])[0]).toContain(
      'a secret stands here in clear',
    );
  });
});
