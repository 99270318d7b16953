import { describe, expect, it } from 'vitest';
import type { StorageEntry, SwiftStorageEntry } from '../../contracts/inventory.ts';
import type { RegistryState } from '../../contracts/registry-activities.ts';
import { dtr } from './dtr/dtr.ts';
import { judgePlaces } from './place.ts';

const s3 = (bucket: string): StorageEntry => ({
  kind: 's3',
  bucket,
  region: 'us-east-1',
  rootdirectory: '/dtr/',
  v4auth: true,
  secure: true,
  skipverify: false,
});
const volume = (name: string): StorageEntry => ({ kind: 'host', host: 'node1', volume: name });
const onS3 = (bucket: string) => ({
  driver: 's3',
  fields: { bucket, region: 'us-east-1', rootdirectory: 'dtr' },
  volume: '',
});
const onVolume = (name: string) => ({ driver: 'filesystem', fields: {}, volume: name });

const azure = (container: string): StorageEntry => ({
  kind: 'azure',
  accountname: 'account1',
  accountkey: { env: 'KEY' },
  container,
  realm: 'core.windows.net',
  rootdirectory: '',
});
const gcs = (bucket: string): StorageEntry => ({ kind: 'gcs', bucket, rootdirectory: '/dtr' });
const swift = (container: string, changes: Partial<SwiftStorageEntry> = {}): StorageEntry => ({
  kind: 'swift',
  authurl: 'https://keystone/v3',
  username: 'registry',
  password: { env: 'PASSWORD' },
  container,
  tenant: 'images',
  endpointtype: 'public',
  insecureskipverify: false,
  chunksize: 5_242_880,
  prefix: '',
  ...changes,
});
const tempauth = (username: string): StorageEntry =>
  swift('images', { authurl: 'https://s/auth/v1.0', username, tenant: '' });
const nfs = (url: string): StorageEntry => ({ kind: 'host', host: 'node1', nfs: { url } });
const onNfs = (nfsHost: string, nfsPath: string) => ({
  driver: 'filesystem',
  fields: { rootdirectory: '/storage', nfsHost, nfsPath },
  volume: '',
});
const on = (driver: string, fields: RegistryState['storage']['fields']) => ({ driver, fields, volume: '' });

const judge = (storage: RegistryState['storage'], source: StorageEntry, destination: StorageEntry) =>
  judgePlaces(dtr, storage, { name: 'source', entry: source }, { name: 'destination', entry: destination });

describe('judgePlaces', () => {
  it('is content when the registry is on the source', () => {
    expect(judge(onS3('old'), s3('old'), s3('new'))).toEqual([]);
    expect(judge(onVolume('images'), volume('images'), s3('new'))).toEqual([]);
    expect(judge(onVolume(''), volume('dtr-registry-000000000001'), s3('new'))).toEqual([]);
    expect(
      judge(onVolume('/mnt/images'), { kind: 'host', host: 'node1', path: '/mnt/images' }, s3('new')),
    ).toEqual([]);
  });

  it('stops an inventory that names where the registry was before', () => {
    const findings = judge(onS3('new'), s3('old'), s3('new'));
    expect(findings).toHaveLength(2);
    expect(findings.map(({ reason }) => reason).join()).toContain('uses the destination');
    expect(judge(onS3('new'), volume('images'), s3('new'))).toHaveLength(2);
    expect(judge(onVolume('images-2'), volume('images'), s3('new'))).toHaveLength(1);
    expect(judge(onVolume(''), volume('images'), s3('new'))).toHaveLength(1);
  });

  it('knows the place of each cloud storage, and what makes it another one', () => {
    const place = { accountname: 'account1', container: 'images' };
    expect(judge(on('azure', place), azure('images'), s3('new'))).toEqual([]);
    expect(judge(on('azure', { ...place, realm: 'core.windows.net' }), azure('images'), s3('new'))).toEqual(
      [],
    );
    expect(judge(on('azure', { ...place, realm: 'core.cn' }), azure('images'), s3('new'))).toHaveLength(1);
    expect(judge(on('azure', place), azure('others'), azure('images'))).toHaveLength(2);

    const bucket = { bucket: 'images', rootdirectory: 'dtr' };
    expect(judge(on('gcs', bucket), gcs('images'), s3('images'))).toEqual([]);
    expect(judge(on('gcs', bucket), s3('images'), gcs('images'))).toHaveLength(2);

    const container = { authurl: 'https://keystone/v3', container: 'images', tenant: 'images' };
    expect(judge(on('swift', container), swift('images'), s3('new'))).toEqual([]);
    for (const changes of [{ container: 'x' }, { tenant: 'x' }, { prefix: 'x' }, { authurl: 'https://x/v3' }])
      expect(judge(on('swift', { ...container, ...changes }), swift('images'), s3('new'))).toHaveLength(1);
  });

  it('tells the accounts of tempauth apart, where the registry shows its user', () => {
    const shown = { authurl: 'https://s/auth/v1.0', container: 'images', username: 'prod:dtr' };
    expect(judge(on('swift', shown), tempauth('prod:transship'), s3('new'))).toEqual([]);
    expect(judge(on('swift', shown), tempauth('test:dtr'), s3('new'))).toHaveLength(1);
  });

  it('knows an export by its address, and its volume in both spellings', () => {
    const state = onNfs('10.0.0.5', '/export/dtr');
    expect(judge(state, nfs('nfs://10.0.0.5/export/dtr/'), s3('new'))).toEqual([]);
    expect(judge(state, volume('dtr-registry-nfs-000000000001'), s3('new'))).toEqual([]);
    expect(judge(state, volume('dtr-nfs-registry-000000000001'), s3('new'))).toEqual([]);
    expect(judge(state, volume('dtr-registry-000000000001'), s3('new'))).toHaveLength(1);
    expect(judge(state, nfs('nfs://10.0.0.5/export/old'), nfs('nfs://10.0.0.5/export/dtr'))).toHaveLength(2);
    expect(judge(onVolume(''), nfs('nfs://10.0.0.5/export/dtr'), s3('new'))).toHaveLength(1);
    expect(judge(onVolume(''), volume('dtr-registry-nfs-000000000001'), s3('new'))).toHaveLength(1);
  });
});
