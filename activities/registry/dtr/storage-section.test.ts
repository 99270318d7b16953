import { describe, expect, it } from 'vitest';
import type { SecretRef, StorageEntry } from '../../../contracts/inventory.ts';
import type { TransshipError } from '../../../domain/transship-error.ts';
import type { CloudEntry } from '../../../domain/storage/storage-kinds.ts';
import { driverSection } from './driver-section.ts';
import { describeStorage, showsDestination, withDriver } from './storage-section.ts';

const KEY = { client_email: 'dtr@example.iam', private_key: 'PEM of a private key' };
const SECRETS: Record<string, string> = { KEY: 'c2VjcmV0', GCS: JSON.stringify(KEY), PASSWORD: 'pass word' };
const resolve = async (ref: SecretRef): Promise<string> => SECRETS['env' in ref ? ref.env : ''] ?? '';

const azure: CloudEntry = {
  kind: 'azure',
  accountname: 'account1',
  accountkey: { env: 'KEY' },
  container: 'images',
  realm: 'core.windows.net',
  rootdirectory: '',
};
const gcs: CloudEntry = { kind: 'gcs', bucket: 'images', rootdirectory: 'dtr' };
const swift: CloudEntry = {
  kind: 'swift',
  authurl: 'https://keystone/v3',
  authversion: 3,
  username: 'registry',
  password: { env: 'PASSWORD' },
  container: 'images',
  region: 'north',
  tenant: 'prod',
  domain: 'Default',
  endpointtype: 'internal',
  insecureskipverify: true,
  chunksize: 1_048_576,
  prefix: 'dtr',
};
const s3: CloudEntry = {
  kind: 's3',
  bucket: 'images',
  region: 'us-east-1',
  rootdirectory: '',
  v4auth: true,
  secure: true,
  skipverify: false,
};

describe('the section of a driver', () => {
  it('has the fields of the documents for Azure, and others only where they are needed', async () => {
    const documented = {
      accountname: 'account1',
      accountkey: 'c2VjcmV0',
      container: 'images',
      realm: 'core.windows.net',
    };
    expect(await driverSection(azure, resolve)).toEqual({ azure: documented });
    const serviceurl = 'http://127.0.0.1:10000/account1';
    expect(await driverSection({ ...azure, serviceurl }, resolve)).toEqual({
      azure: { ...documented, serviceurl },
    });
  });

  it('has the key of a service account inside for GCS, and none for ambient credentials', async () => {
    expect(await driverSection(gcs, resolve)).toEqual({ gcs: { bucket: 'images', rootdirectory: 'dtr' } });
    expect(await driverSection({ ...gcs, keyfile: { env: 'GCS' } }, resolve)).toEqual({
      gcs: { bucket: 'images', rootdirectory: 'dtr', credentials: KEY },
    });
    const failure = await driverSection({ ...gcs, keyfile: { env: 'PASSWORD' } }, resolve).catch(
      (error: unknown) => error as TransshipError,
    );
    expect(failure).toMatchObject({ type: 'InvalidInput' });
    expect((failure as TransshipError).message).not.toContain('pass word');
  });

  it('has every field for Swift that the inventory gives', async () => {
    const { kind: _kind, password: _password, ...fields } = swift;
    expect(await driverSection(swift, resolve)).toEqual({ swift: { ...fields, password: 'pass word' } });
    const { region: _region, authversion: _version, ...less } = swift;
    const section = (await driverSection({ ...less, prefix: '' }, resolve))['swift'];
    expect(Object.keys(section as object)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(region|authversion|prefix)$/)]),
    );
  });
});

it.each([azure, gcs, swift, s3])(
  'what was sent for $kind is known again, with its secrets taken out',
  async (entry) => {
    const section = withDriver(
      { delete: { enabled: true }, filesystem: { rootdirectory: '/storage' } },
      await driverSection(entry.kind === 'gcs' ? { ...entry, keyfile: { env: 'GCS' } } : entry, resolve),
    );
    expect(Object.keys(section).sort()).toEqual(['delete', entry.kind].sort());
    expect(showsDestination(section, entry)).toBe(true);
    for (const other of [azure, gcs, swift, s3].filter(({ kind }) => kind !== entry.kind))
      expect(showsDestination(section, other)).toBe(false);
    const another = 'bucket' in entry ? { ...entry, bucket: 'x' } : { ...entry, container: 'x' };
    expect(showsDestination(section, another as StorageEntry)).toBe(false);
    const shown = JSON.stringify(describeStorage(section));
    for (const secret of ['c2VjcmV0', 'PEM of', 'pass word']) expect(shown).not.toContain(secret);
  },
);
