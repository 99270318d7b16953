// Sets of the stand-in DTR: its metadata are an archive of their own, and its tags are in there.

import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import { setFileKey } from '../../domain/backup/set.ts';
import { makeImage } from '../../lab/content/images.ts';
import { textLayer } from '../../lab/content/layers.ts';
import { pushImage } from '../../lab/content/push-image.ts';
import { type RegistryRig, startRegistryRig } from '../registry/registry-rig.ts';
import { backupsRig, type BackupsRig } from './backups-rig.ts';
import { watched } from './watched.ts';

let rig: RegistryRig;
let backups: BackupsRig;

const push = async (tag: string): Promise<string[]> => {
  const layers = [await textLayer(tag, 3_000), await textLayer('shared', 40_000)];
  await pushImage(rig.client, 'admin/app', tag, makeImage('docker', tag, layers));
  return layers.map(({ digest }) => digest);
};

beforeAll(async () => {
  rig = await startRegistryRig({ bootstrapper: true });
  backups = await backupsRig(rig.environment);
  await rig.dtr.createRepository('admin/app');
  await push('v1');
  await push('v2');
});

afterAll(async () => {
  await backups.stop();
  await rig.stop();
});

test('a set has the archive, which opens by hand, and everything that its tags need', async () => {
  const manifest = await backups.backUp();
  expect(manifest).toMatchObject({
    product: 'dtr',
    version: '2.7.9',
    replica: '000000000001',
    counts: { tags: 2 },
    closure: { lost: 0, unread: 0, unsettled: 0 },
  });
  expect(manifest.rows['tags']).toBeGreaterThanOrEqual(2);
  expect((await backups.check(manifest.id)).examples).toEqual([]);

  const file = join(backups.folder, setFileKey('prod', manifest.id, 'metadata.tar.gpg'));
  const passphrase = join(backups.folder, '../passphrase');
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    'gpg --homedir "$3" --no-autostart --batch --quiet --pinentry-mode loopback --passphrase-file "$1" -d "$2" | tar -t',
    ...['sh', passphrase, file, join(backups.folder, '..')],
  ]);
  expect(stdout.split('\n')[0]).toBe('dtr-backup-v2.7.9/');
});

test('a second backup reads no blob', async () => {
  const { storage, reads } = watched(await rig.environment.openStorage('source'));
  const second = await backups.otherwise({ storages: { source: storage } }).backUp();
  expect(second.content).toMatchObject({ newBlobs: 0 });
  expect(reads.filter((key) => key.includes('/blobs/'))).toEqual([]);
});

test('a tag that is pushed around the metadata is named as unsettled, and its image is there', async () => {
  const manifest = await backups.backUp({
    before: async (step) => {
      if (step === 'backUpSetMetadata') await push('between');
    },
  });
  expect(manifest.closure.unsettled).toBe(1);
  expect(manifest.counts.tags).toBe(3);
  expect(await backups.check(manifest.id)).toMatchObject({ problems: 0, tags: 3 });
});

test('a storage that is not the registry’s own makes no set', async () => {
  const elsewhere = join(backups.folder, '../elsewhere');
  await mkdir(elsewhere);
  const source = openFilesystemStorage(elsewhere);
  await expect(backups.otherwise({ storages: { source } }).backUp()).rejects.toMatchObject({
    type: 'NotProved',
    message: expect.stringMatching(/serves \d+ blobs that the storage source .* does not have/) as string,
  });
});

test('a blob that the registry has lost itself is named, and stops nothing', async () => {
  const [digest] = await push('lost');
  const hex = digest!.slice('sha256:'.length);
  await rm(join(rig.images, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex), { recursive: true });
  const manifest = await backups.backUp();
  expect(manifest.closure.lost).toBe(1);
  expect((await backups.check(manifest.id)).examples).toEqual([]);
});
