// What real compatible servers do differently: Ceph's object gateway and Swift's s3api check the digests of what they
// store, but do not show them.

import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Meter } from '../../activities/concurrency/heartbeat.ts';
import { DamagedObjectError } from '../../activities/storage/errors.ts';
import { probeStorage } from '../../activities/inspection/probe-storage.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import { open as openCeph } from '../conformance/kinds/s3-ceph.ts';
import { open as openSwift } from '../conformance/kinds/s3-swift.ts';
import type { Opened } from '../conformance/kinds/opened.ts';
import { keysOf } from '../conformance/suite/subject.ts';
import { IMPATIENT } from '../support/impatient.ts';
import { sha256 } from '../support/digests.ts';

const LARGE_BYTES = 24_000_000;

describe.each([
  [
    'Ceph',
    openCeph,
    {
      'trailing checksums (aws-chunked)': 'no',
      'removal without Content-MD5': 'yes',
      'conditional writes': 'yes',
    },
  ],
  [
    'Swift',
    openSwift,
    {
      'trailing checksums (aws-chunked)': 'no',
      'removal without Content-MD5': 'no',
      'conditional writes': 'no',
    },
  ],
])('the S3 of %s', (_, open, differs) => {
  let opened: Opened;
  let storage: Storage;
  const body = randomBytes(LARGE_BYTES);
  const request = { size: LARGE_BYTES, sha256: sha256(body) };

  beforeAll(async () => {
    opened = await open();
    storage = opened.storage;
  });
  afterAll(() => opened.stop());

  it('proves a large stream, though it shows no digest', async () => {
    expect(await storage.write('large', Readable.from([body]), request)).toMatchObject({ proof: 'server' });
    expect((await buffer(await storage.read('large'))).equals(body)).toBe(true);
  });

  it('refuses a large stream of other bytes', async () => {
    const wrong = Buffer.from(body);
    wrong[LARGE_BYTES - 1] = (wrong[LARGE_BYTES - 1] as number) ^ 1;
    await expect(storage.write('wrong', Readable.from([wrong]), request)).rejects.toBeInstanceOf(
      DamagedObjectError,
    );
    expect(await storage.stat('wrong')).toBeUndefined();
  });

  it('has bytes of unknown digest read back', async () => {
    const written = await storage.write('unknown', Readable.from([body]), { size: LARGE_BYTES });
    expect(written).toEqual({ sha256: request.sha256, proof: 'read-back' });
  });

  it('copies nothing itself, because it would not tell what', async () => {
    const other = await opened.beside();
    await other.write('blob', Buffer.from('x'), { size: 1 });
    expect(await storage.copyFrom?.(other, 'blob', { size: 1 })).toBeUndefined();
    expect(await storage.stat('blob')).toBeUndefined();
  });

  it('is known to the doctor', async () => {
    const meter: Meter = {
      signal: new AbortController().signal,
      patience: IMPATIENT,
      moved: () => undefined,
      patiently: async (work) => await work,
    };
    const before = await keysOf(storage);
    const { rows } = await probeStorage(storage, meter);
    expect(Object.fromEntries(rows.map(({ name, verdict }) => [name, verdict]))).toEqual({
      'read after write': 'yes',
      'list after write': 'yes',
      ranges: 'yes',
      'large object in parts': 'yes',
      'server-side copy': 'yes',
      checksums: 'limited',
      'case-sensitive keys': 'yes',
      'odd characters in keys': 'yes',
      latency: 'yes',
      'wrong bytes are refused': 'yes',
      'copies between buckets': 'no',
      'listing version 2': 'yes',
      clock: 'yes',
      ...differs,
    });
    expect(await keysOf(storage)).toEqual(before);
    expect(await opened.remains()).toEqual([]);
  });
});
