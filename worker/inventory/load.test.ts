import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TransshipError } from '../../domain/transship-error.ts';
import { DEFAULT_COPYING } from '../../test/copying/copying-policy.ts';
import { GOOD_INVENTORY } from '../../test/support/inventory-file.ts';
import { checkInventory, loadInventory } from './load.ts';

const HOUR_MS = 3_600_000;

/** `LINE PATH: PROBLEM` of every mistake after `replace` was done to the good file. */
function mistakesAfter(...replacements: [string, string][]): string[] {
  let text = GOOD_INVENTORY;
  for (const [from, to] of replacements) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  const checked = checkInventory(text);
  return 'inventory' in checked
    ? []
    : checked.mistakes.map(({ line, path, problem }) => `${line} ${path}: ${problem}`);
}

describe('an inventory without mistakes', () => {
  test('gets its defaults and its durations in milliseconds', () => {
    const checked = checkInventory(GOOD_INVENTORY);
    if (!('inventory' in checked)) throw new Error(JSON.stringify(checked.mistakes));
    const { inventory } = checked;
    expect(inventory.hosts['node-1']).toMatchObject({ port: 22, stateDir: '/var/lib/transship' });
    expect(inventory.storages['s3-prod']).toMatchObject({
      rootdirectory: '',
      v4auth: true,
      secure: true,
      skipverify: false,
    });
    expect(inventory.registries['prod']?.ucp.insecureTls).toBe(false);
    expect(inventory.approvals).toEqual({
      plan: { required: true, expiresInMs: 12 * HOUR_MS, approvers: ['ops@example.com'] },
      window: { required: true, expiresInMs: 24 * HOUR_MS, approvers: [] },
      'damaged-blobs': { required: true, expiresInMs: 24 * HOUR_MS, approvers: [] },
      'garbage-collection': { required: true, expiresInMs: 72 * HOUR_MS, approvers: [] },
    });
    expect(inventory.copying).toEqual(DEFAULT_COPYING);
  });
});

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
      ['backups: files', 'backups: filez'],
      '33 backups: there is no storage of this name under storages',
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
      '35 approvals.plan.expiresIn: must be a duration such as 30m, 12h or 7d',
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
        { path: 'backups', problem: 'is missing' },
      ],
    });
  });
});

/** What is found when the good file has one storage more. */
const added = (fields: string): ReturnType<typeof checkInventory> =>
  checkInventory(GOOD_INVENTORY.replace('  files:', `  added: { ${fields} }\n  files:`));

describe('storages of every kind', () => {
  const AZURE =
    'kind: azure, accountname: account1, accountkey: { env: KEY }, container: images, legacyrootprefix: true';
  const SWIFT =
    'kind: swift, authurl: "https://swift/auth/v1.0", username: u, password: { env: P }, container: images';
  const NFS = 'kind: host, host: node-1, nfs: { url: "nfs://10.0.0.5/export/dtr"';

  test.each<[string, Record<string, unknown>]>([
    [AZURE, { realm: 'core.windows.net', rootdirectory: '' }],
    [`${AZURE}, serviceurl: "http://127.0.0.1:10000/account1"`, { realm: 'core.windows.net' }],
    ['kind: gcs, bucket: images', { rootdirectory: '' }],
    [
      'kind: gcs, bucket: images, keyfile: { file: key.json }, endpoint: "http://127.0.0.1:4443"',
      { keyfile: { file: 'key.json' } },
    ],
    [SWIFT, { endpointtype: 'public', insecureskipverify: false, chunksize: 5 * 1024 * 1024, prefix: '' }],
    [`${SWIFT.replace('/v1.0', '')}, authversion: 1`, { authversion: 1 }],
    [`${NFS} }`, { nfs: { url: 'nfs://10.0.0.5/export/dtr' } }],
    [`${NFS}, options: "rw,nfsvers=4,async" }, subdirectory: a/b`, { subdirectory: 'a/b' }],
    ['kind: filesystem, path: /mnt/images, boundTo: rack-1', { boundTo: 'rack-1' }],
  ])('%s', (fields, expected) => {
    const checked = added(fields);
    if (!('inventory' in checked)) throw new Error(JSON.stringify(checked.mistakes));
    expect(checked.inventory.storages['added']).toMatchObject(expected);
  });

  test.each<[string, string[]]>([
    [
      AZURE.replace('account1', 'Account-1').replace('images', 'Images_'),
      [
        'storages.added.accountname: must be 3 to 24 lower-case letters and digits',
        'storages.added.container: must be 3 to 63 lower-case letters, digits and single dashes',
      ],
    ],
    [AZURE.replace(', legacyrootprefix: true', ''), ['storages.added.legacyrootprefix: is missing']],
    [
      AZURE.replace('{ env: KEY }', 'Zm9vYmFy'),
      [
        'storages.added.accountkey: a secret stands here in clear: write a reference, { env: NAME }, { file: PATH } or { command: [WORD, …] }',
      ],
    ],
    [
      `${AZURE}, serviceurl: "https://x/?sig=abc"`,
      ['storages.added.serviceurl: must hold no query and no fragment'],
    ],
    [
      `${SWIFT}, tenant: a, tenantid: b, domain: c, domainid: d, chunksize: 5`,
      [
        'storages.added: must have only one of tenant and tenantid',
        'storages.added: must have only one of domain and domainid',
        'storages.added.chunksize: must be at least 1048576 bytes',
      ],
    ],
    [
      SWIFT.replace('/v1.0', ''),
      ['storages.added: must have authversion, because authurl does not end in a version'],
    ],
    [`${SWIFT}, authversion: 4`, ['storages.added.authversion: must be 1, 2 or 3']],
    [`${NFS} }, path: /srv`, ['storages.added: must have exactly one of path, volume and nfs']],
    [
      NFS.replace('nfs://10.0.0.5/export/dtr', '10.0.0.5:/export') + ', options: "rw, hard" }',
      [
        'storages.added.nfs.url: must be nfs://SERVER/EXPORT, without a port',
        'storages.added.nfs.options: must be mount options such as rw,nfsvers=4,async',
      ],
    ],
    [
      NFS.replace('export/dtr', '../dtr') + ' }, subdirectory: ../..',
      [
        'storages.added.nfs.url: must not go up by `..`',
        'storages.added.subdirectory: must not go up by `..`',
      ],
    ],
    ['kind: gcs, bucket: images, keyfle: { env: X }', ['storages.added.keyfle: unknown key']],
  ])('%s', (fields, expected) => {
    const checked = added(fields);
    if ('inventory' in checked) throw new Error('no mistake was found');
    expect(checked.mistakes.map(({ path, problem }) => `${path}: ${problem}`)).toEqual(expected);
    expect(checked.mistakes.every(({ line }) => line === 31)).toBe(true);
  });

  test('a journal that only some workers see', () => {
    expect(mistakesAfter(['path: /srv/transship', 'path: /srv/transship, boundTo: rack-1'])).toEqual([
      '32 journal: must not have boundTo: every worker uses it',
      '33 backups: must not have boundTo: every worker uses it',
    ]);
  });
});

describe('copying', () => {
  test('rates become bytes per second', () => {
    const checked = checkInventory(`${GOOD_INVENTORY}copying:
  concurrency: { max: 16 }
  bandwidth: 50MiB/s
  timetable:
    - { days: [sat, sun], from: "00:00", to: "00:00", bandwidth: null }
    - { from: "22:00", to: "06:00", bandwidth: 1GB/s }
  timezone: Europe/Berlin
  yieldAtSlowdown: null
`);
    if (!('inventory' in checked)) throw new Error(JSON.stringify(checked.mistakes));
    expect(checked.inventory.copying).toEqual({
      concurrency: { min: 1, max: 16 },
      bandwidth: 50 * 1024 ** 2,
      timetable: [
        { days: ['sat', 'sun'], from: '00:00', to: '00:00', bandwidth: null },
        { days: [], from: '22:00', to: '06:00', bandwidth: 1e9 },
      ],
      timezone: 'Europe/Berlin',
      yieldAtSlowdown: null,
    });
  });

  test('every mistake at once', () => {
    const checked = checkInventory(`${GOOD_INVENTORY}copying:
  concurrency: { min: 65 }
  bandwidth: 50Mbit/s
  timetable:
    - { days: [someday], from: "24:00", to: "6:00" }
  timezone: Mars/Olympus
  yieldAtSlowdown: 1
`);
    if ('inventory' in checked) throw new Error('no mistake was found');
    expect(checked.mistakes.map(({ line, path, problem }) => `${line} ${path}: ${problem}`)).toEqual([
      '37 copying.concurrency.min: must not be greater than max',
      '38 copying.bandwidth: must be a rate such as 50MiB/s, or null for no limit',
      '40 copying.timetable[0].bandwidth: is missing',
      '40 copying.timetable[0].days[0]: must be mon or tue or wed or thu or fri or sat or sun',
      '40 copying.timetable[0].from: must be a time such as "08:30", from "00:00" to "23:59"',
      '40 copying.timetable[0].to: must be a time such as "08:30", from "00:00" to "23:59"',
      '41 copying.timezone: must be the name of a time zone such as Europe/Berlin',
      '42 copying.yieldAtSlowdown: must be greater than 1, or null for never',
    ]);
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

describe('loadInventory', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'transship-inventory-'));
  });
  afterAll(async () => rm(folder, { recursive: true }));

  test('throws one InvalidInput with every mistake', async () => {
    const file = path.join(folder, 'bad.yaml');
    await writeFile(file, GOOD_INVENTORY.replace('journal: files', 'journal: x\ncolour: red'));
    const error = await loadInventory(file).catch((error: unknown) => error as TransshipError);
    expect(error).toMatchObject({
      type: 'InvalidInput',
      details: {
        mistakes: [
          '32:10 journal: there is no storage of this name under storages',
          '33:1 colour: unknown key',
        ],
      },
    });
  });

  test('says that a file is not there', async () => {
    await expect(loadInventory(path.join(folder, 'none.yaml'))).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('ENOENT') as string,
    });
  });
});
