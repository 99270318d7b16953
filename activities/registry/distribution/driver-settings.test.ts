import { expect, it } from 'vitest';
import type { S3StorageEntry, StorageEntry } from '../../../contracts/inventory.ts';
import { driverSettings } from './driver-settings.ts';

const resolve = async (): Promise<string> => 'c2VjcmV0';
const s3: S3StorageEntry = {
  kind: 's3',
  bucket: 'images',
  region: 'us-east-1',
  rootdirectory: '',
  v4auth: true,
  secure: true,
  skipverify: false,
};
const minio: S3StorageEntry = { ...s3, regionendpoint: 'http://minio:9000', rootca: { env: 'CA' } };
const azure: StorageEntry = {
  kind: 'azure',
  accountname: 'account1',
  accountkey: { env: 'KEY' },
  container: 'images',
  realm: 'core.windows.net',
  rootdirectory: '',
};

it('version 3 is told of path style where the server is not Amazon, and version 2 never', async () => {
  expect(await driverSettings(s3, '3.1.2', resolve)).toEqual({
    s3: { region: 'us-east-1', bucket: 'images', v4auth: true, secure: true, skipverify: false },
  });
  expect(await driverSettings(minio, '3.1.2', resolve)).toMatchObject({ s3: { forcepathstyle: true } });
  expect((await driverSettings(minio, '2.8.3', resolve))['s3']).not.toHaveProperty('forcepathstyle');
});

it('a field that no version has is left out', async () => {
  for (const version of ['2.8.3', '3.1.2'])
    expect((await driverSettings(minio, version, resolve))['s3']).not.toHaveProperty('rootca');
});

it('version 3 is told how it gets at Azure', async () => {
  expect(await driverSettings(azure, '3.1.2', resolve)).toMatchObject({
    azure: { credentials: { type: 'shared_key' }, accountkey: 'c2VjcmV0' },
  });
  expect((await driverSettings(azure, '2.8.3', resolve))['azure']).not.toHaveProperty('credentials');
});

it('a directory is told by its path, and one without a path is refused', async () => {
  expect(await driverSettings({ kind: 'filesystem', path: '/srv' }, '3.1.2', resolve)).toEqual({
    filesystem: { rootdirectory: '/srv' },
  });
  await expect(
    driverSettings({ kind: 'host', host: 'h', volume: 'v' }, '3.1.2', resolve),
  ).rejects.toMatchObject({ type: 'InvalidInput' });
});
