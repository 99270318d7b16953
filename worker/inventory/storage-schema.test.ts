// The fields of a storage of every kind.

import { describe, expect, test } from 'vitest';
import { GOOD_INVENTORY, mistakesAfter } from '../../test/support/inventory-file.ts';
import { checkInventory } from './load.ts';

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
    [`${NFS}, async: true }`, { nfs: { async: true } }],
    [`${NFS}, options: rw, async: false }`, { nfs: { options: 'rw', async: false } }],
    ['kind: filesystem, path: /mnt/images, boundTo: rack-1', { boundTo: 'rack-1' }],
    [
      'kind: filesystem, path: /mnt/images, links: { docker/registry/v2/blobs: /mnt/big/blobs }',
      { links: { 'docker/registry/v2/blobs': '/mnt/big/blobs' } },
    ],
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
    [
      'kind: filesystem, path: /a, links: { ../b: /c, b: d, e: /f/../g, h: /i/ }',
      [
        'storages.added.links.../b: must be the path of a link below the directory',
        'storages.added.links.b: must be the whole real path, as `readlink -f` prints it',
        'storages.added.links.e: must be the whole real path, as `readlink -f` prints it',
        'storages.added.links.h: must be the whole real path, as `readlink -f` prints it',
      ],
    ],
    ['kind: gcs, bucket: images, keyfle: { env: X }', ['storages.added.keyfle: unknown key']],
  ])('%s', (fields, expected) => {
    const checked = added(fields);
    if ('inventory' in checked) throw new Error('no mistake was found');
    expect(checked.mistakes.map(({ path, problem }) => `${path}: ${problem}`)).toEqual(expected);
    expect(checked.mistakes.every(({ line }) => line === 31)).toBe(true);
  });

  test('takes one way to say how an export is mounted', () => {
    const checked = added(`${NFS}, options: rw, async: true }`);
    if ('inventory' in checked) throw new Error('no mistake was found');
    expect(checked.mistakes.map(({ path, problem }) => `${path}: ${problem}`)).toEqual([
      'storages.added.nfs: must have only one of options and async: name async among the options',
    ]);
  });

  test('a journal that only some workers see', () => {
    expect(mistakesAfter(['path: /srv/transship', 'path: /srv/transship, boundTo: rack-1'])).toEqual([
      '32 journal: must not have boundTo: every worker uses it',
      '38 repositories.main.storage: must not have boundTo: every worker uses it',
    ]);
  });
});
