import { describe, expect, it } from 'vitest';
import type { StorageEntry } from '../contracts/inventory.ts';
import { judgePlaces } from './registry-place.ts';

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

const judge = (
  storage: ReturnType<typeof onVolume> | ReturnType<typeof onS3>,
  source: StorageEntry,
  destination: StorageEntry,
) => judgePlaces(storage, { name: 'source', entry: source }, { name: 'destination', entry: destination });

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
    expect(findings.join()).toContain('uses the destination');
    expect(judge(onS3('new'), volume('images'), s3('new'))).toHaveLength(2);
    expect(judge(onVolume('images-2'), volume('images'), s3('new'))).toHaveLength(1);
    expect(judge(onVolume(''), volume('images'), s3('new'))).toHaveLength(1);
  });
});
