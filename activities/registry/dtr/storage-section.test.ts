import { describe, expect, it } from 'vitest';
import type { S3StorageEntry, SecretRef, StorageEntry } from '../../../contracts/inventory.ts';
import type { TransshipError } from '../../../domain/transship-error.ts';
import type { CloudEntry } from '../../../domain/storage/storage-kinds.ts';
import { driverSection } from '../driver-section.ts';
import { describeStorage } from '../describe-storage.ts';
import { mayBeDestination, showsDestination, withDriver, withoutMasks } from './storage-section.ts';

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

const DESTINATION: S3StorageEntry = {
  kind: 's3',
  bucket: 'images',
  region: 'us-east-1',
  rootdirectory: '/dtr',
  accesskey: { env: 'ACCESS' },
  secretkey: { env: 'SECRET' },
  v4auth: true,
  secure: true,
  skipverify: false,
  rootca: { env: 'CA' },
};
const CURRENT = {
  delete: { enabled: true },
  maintenance: { readonly: { enabled: true } },
  azure: { accountname: 'prod', accountkey: '********', container: 'images' },
};

it('the new storage section keeps what is common and nothing of the old driver', async () => {
  const driver = await driverSection(DESTINATION, async (ref) => JSON.stringify(ref));
  expect(withDriver(CURRENT, driver)).toEqual({
    delete: { enabled: true },
    maintenance: { readonly: { enabled: true } },
    s3: {
      bucket: 'images',
      region: 'us-east-1',
      regionendpoint: '',
      rootdirectory: '/dtr',
      accesskey: '{"env":"ACCESS"}',
      secretkey: '{"env":"SECRET"}',
      v4auth: true,
      secure: true,
      skipverify: false,
      rootca: '{"env":"CA"}',
    },
  });
});

it('no secret of a storage is described, and its driver is the one beside the common keys', () => {
  expect(describeStorage(CURRENT)).toEqual({
    driver: 'azure',
    fields: { accountname: 'prod', container: 'images' },
  });
  expect(() => describeStorage({ delete: {} })).toThrow('no driver');
  expect(() => describeStorage({ s3: {}, azure: {} })).toThrow('several drivers');
});

it('a destination is known by its place and not by its credentials', () => {
  const shown = { bucket: 'images', region: 'us-east-1', regionendpoint: '', rootdirectory: 'dtr/' };
  expect(showsDestination({ s3: { ...shown, secretkey: '********' } }, DESTINATION)).toBe(true);
  for (const field of Object.keys(shown))
    expect(showsDestination({ s3: { ...shown, [field]: 'other' } }, DESTINATION)).toBe(false);
  expect(showsDestination(CURRENT, DESTINATION)).toBe(false);
});

it.each([
  ['spelled otherwise', { bucket: 'images', regionendpoint: 'S3.example.com/', rootdirectory: 'dtr' }],
  ['with the default port', { bucket: 'images', regionendpoint: 'https://s3.example.com:443' }],
  ['masked', { bucket: '********', regionendpoint: '<redacted>', rootdirectory: '[hidden]' }],
  ['under other names', { Bucket: 'images', endpoint: 'https://s3.example.com' }],
  ['filled in by the registry', { bucket: 'images', region: 'us-east-1', encrypt: false }],
  ['as nothing', {}],
  ['as something else', 'configured'],
])('fields that are shown %s do not speak against a destination', (_name, shown) => {
  const entry = { ...DESTINATION, regionendpoint: 'https://s3.example.com' };
  expect(mayBeDestination({ s3: shown }, entry)).toBe(true);
  expect(mayBeDestination({ s3: shown, delete: {}, filesystem: {} }, entry)).toBe(true);
});

it('another driver or another place speaks against it', () => {
  expect(mayBeDestination({ azure: { container: 'images' } }, DESTINATION)).toBe(false);
  expect(mayBeDestination({ s3: { bucket: 'old' } }, DESTINATION)).toBe(false);
  expect(mayBeDestination({ s3: { bucket: 'images', rootdirectory: '/old' } }, DESTINATION)).toBe(false);
  expect(mayBeDestination({ s3: { rootdirectory: '/old' } }, { ...DESTINATION, rootdirectory: '' })).toBe(
    false,
  );
  expect(mayBeDestination({ s3: { regionendpoint: 's3.amazonaws.com' } }, DESTINATION)).toBe(true);
});

it('a mask is never sent as a value', () => {
  const current = {
    ...CURRENT,
    redirect: { disable: false, key: '********' },
    cache: ['<redacted>', { a: '***' }],
  };
  expect(withDriver(current, { s3: {} })).toEqual({
    delete: { enabled: true },
    maintenance: { readonly: { enabled: true } },
    redirect: { disable: false },
    cache: ['<redacted>', {}],
    s3: {},
  });
  expect(withoutMasks({ secret: '******', n: 1 })).toEqual({ n: 1 });
});
