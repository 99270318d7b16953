// The check of a storage: every action is tried, nothing is left, and what is refused is named.

import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import type { RemoteHost } from '../../activities/hosts/remote-host.ts';
import { openHostStorage } from '../../activities/storage/host/host.ts';
import { openStorageEntry } from '../../activities/storage/open-storage.ts';
import type { StorageEntry } from '../../contracts/inventory.ts';
import type { AccessCheck } from '../../contracts/storage-activities.ts';
import { copyingRig, REPOSITORY } from '../copying/copying-rig.ts';
import { openingOf } from '../support/impatient.ts';

const { storages, inventory, folderOf, firstHost, sshHost, s3Server, put, everything, perform } = copyingRig({
  hosts: ['node-1', 'node-2'],
  s3: true,
});

const check = async (name: string, writable: boolean): Promise<AccessCheck> => {
  const environment = new MockActivityEnvironment();
  return await perform(environment, 'checkAccess', { storage: name, writable });
};

const isRight = (action: string): boolean => action.startsWith('carry out s3:');

describe('a check', () => {
  test.each([
    ['filesystem-a', 'stream'],
    ['host-a', 'read-back'],
    ['s3-a', 'server'],
  ])('of %s tries every action and leaves nothing', async (name, proof) => {
    const found = await check(name, true);
    const served = name === 'host-a' ? ['be served by its host'] : [];
    expect(found.actions.filter(({ action }) => !isRight(action))).toEqual(
      [...served, 'list', 'write', 'read', 'copy', 'remove'].map((action) => ({ action, ok: true })),
    );
    expect(found.actions.some(({ action }) => isRight(action))).toBe(name === 's3-a');
    expect(found.actions.every(({ ok }) => ok)).toBe(true);
    expect(found.proof).toBe(proof);
    expect(found.proofNote === null).toBe(proof === 'server');
    expect(await everything(name)).toEqual({});
  });

  test('names the tools that a small system has under the same names', async () => {
    const bin = join(folderOf('filesystem-a'), 'bin');
    await mkdir(bin);
    for (const tool of ['find', 'stat']) {
      await writeFile(join(bin, tool), '#!/bin/sh\necho "BusyBox v1.30: unrecognized option" >&2; exit 1\n');
      await chmod(join(bin, tool), 0o755);
    }
    const host = firstHost();
    const small: RemoteHost = {
      ...host,
      run: (argv, options) => host.run(['env', `PATH=${bin}:/usr/bin:/bin`, ...argv], options),
    };
    storages.set('small', openHostStorage(small, folderOf('host-a')));
    const { actions } = await check('small', false);
    expect(actions[0]).toEqual({
      action: 'be served by its host',
      ok: false,
      problem: 'it needs GNU find on host node-1, GNU stat on host node-1',
    });
  });

  test('names credentials that are refused, once', async () => {
    const pieces = openingOf(() => Promise.resolve('wrong'));
    storages.set('wrong-keys', await openStorageEntry('s3', s3Server().entry, pieces));
    const found = await check('wrong-keys', true);
    expect(found.actions.map(({ action, ok }) => [action, ok])).toEqual([
      ['be used with these credentials', false],
    ]);
    expect(JSON.stringify(found)).not.toContain(s3Server().s3.secretKey);
  });

  test('measures without what is not copied', async () => {
    const upload = join(folderOf('filesystem-a'), REPOSITORY, '_uploads/x/data');
    await mkdir(dirname(upload), { recursive: true });
    await writeFile(upload, 'half');
    await put('filesystem-a', 'a', '12345');
    await put('filesystem-a', 'b', '12');
    const size = await perform(new MockActivityEnvironment(), 'measureStorage', {
      storage: 'filesystem-a',
    });
    expect(size).toEqual({ objects: 2, bytes: 7, largestBytes: 5 });
    expect(await readFile(join(folderOf('filesystem-a'), 'a'), 'utf8')).toBe('12345');
  });
});

const shared = async (hosts: string[], writable = true): Promise<AccessCheck['actions']> => {
  const request = { storage: 'host-a', writable, hosts };
  const { actions } = await perform(new MockActivityEnvironment(), 'checkAccess', request);
  return actions.filter(({ action }) => action.startsWith('be shared'));
};
const entry = (place: object): void => {
  inventory.storages['host-a'] = { kind: 'host', host: 'node-1', ...place } as StorageEntry;
};

describe('a check of a host storage', () => {
  test('looks for the path on the other hosts', async () => {
    entry({ path: folderOf('host-a') });
    expect(await shared(['node-2'])).toEqual([{ action: 'be shared with node-2', ok: true }]);
    expect(await shared(['node-2'], false)).toEqual([]);
    entry({ path: folderOf('host-b') });
    expect(await shared(['node-2'])).toMatchObject([
      {
        action: 'be shared with node-2',
        ok: false,
        problem: expect.stringContaining('not the same') as string,
      },
    ]);
    entry({ path: folderOf('nowhere') });
    expect(await shared(['node-2'])).toMatchObject([
      { ok: false, problem: expect.stringContaining('does not exist') as string },
    ]);
  });

  test('asks Docker on the other hosts for the volume', async () => {
    entry({ volume: 'images' });
    const docker = join(sshHost('node-2').binDir, 'docker');
    const answer = async (line: string): Promise<void> => {
      await writeFile(docker, `#!/bin/sh\n${line}\n`);
      await chmod(docker, 0o755);
    };
    const Mountpoint = folderOf('host-a');
    await answer(`echo '${JSON.stringify([{ Mountpoint }])}'`);
    expect(await shared(['node-2'])).toMatchObject([{ ok: true }]);
    await answer('echo "no such volume: $3" >&2; exit 1');
    expect(await shared(['node-2'])).toMatchObject([
      { ok: false, problem: expect.stringContaining('no such volume: images') as string },
    ]);
    expect(await everything('host-a')).toEqual({});
  });
});
