// What a server tells of an object is held against the bytes that came where the key does not tell them, and an ETag
// is only believed to be an MD5 where it is one.

import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Storage } from '../../activities/storage/storage.ts';
import { withoutHeaders, type Exchange } from '../../lab/faults/faulty-proxy.ts';
import { keysOf } from '../conformance/suite/subject.ts';
import { behindProxy, without } from './s3-behind-proxy.ts';
import { sha256 } from '../support/digests.ts';

const CHECKSUMS = ['x-amz-checksum-sha256', 'x-amz-checksum-type'];
const TAG = 'docker/registry/v2/repositories/team/app/_manifests/tags/latest/current/link';
const OTHER_TAG = 'docker/registry/v2/repositories/team/app/_manifests/tags/v1/current/link';
const NO_MD5 = `"${'ab'.repeat(16)}"`;
const UNAVAILABLE = { type: 'StorageUnavailable', retryable: true };

const behind = behindProxy();
let storage: Storage;
beforeEach(async () => {
  storage = await behind.open();
  for (const key of [TAG, OTHER_TAG]) await put(key, Buffer.from(`sha256:${sha256(key)}`));
  behind.forget();
});
afterEach(async () => {
  behind.lack(null);
  await storage.remove(await keysOf(storage));
});

const put = (key: string, body: Buffer) =>
  storage.write(key, body, { size: body.length, sha256: sha256(body) });
const read = async (key: string): Promise<string> => (await buffer(await storage.read(key))).toString();
const requests = (): string[] => behind.seen.map(({ method }) => method);

type Change = { etag?: string; headers?: string[]; body?: (bytes: Buffer) => Buffer };

/** Objects come without checksums, and changed. */
function changed(changeOf: (nth: number) => Change): void {
  let gets = 0;
  behind.lack(async (exchange: Exchange) => {
    if (exchange.method !== 'GET') return await without(...CHECKSUMS)(exchange);
    const { etag, headers = [], body = (bytes) => bytes } = changeOf((gets += 1));
    const answer = await exchange.forward();
    const bytes = body(await buffer(answer));
    const dropped = [...CHECKSUMS, 'content-length', ...(etag === undefined ? [] : ['etag'])];
    await exchange.reply({
      status: answer.statusCode ?? 502,
      headers: [
        ...withoutHeaders(answer.rawHeaders, dropped),
        ...['content-length', String(bytes.length)],
        ...(etag === undefined ? [] : ['etag', etag]),
        ...headers,
      ],
      body: bytes,
    });
  });
}

const flipped = (bytes: Buffer): Buffer => {
  const other = Buffer.from(bytes);
  other.writeUInt8(other.readUInt8(10) ^ 1, 10);
  return other;
};
const halved = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length / 2);

it('asks for checksums, and holds a SHA-256 against the bytes', async () => {
  expect(await read(TAG)).toBe(`sha256:${sha256(TAG)}`);
  expect(behind.seen[0]?.headers).toMatchObject({ 'x-amz-checksum-mode': 'ENABLED' });
  behind.lack(async (exchange) => {
    const answer = await exchange.forward();
    const body = flipped(await buffer(answer));
    await exchange.reply({ status: 200, headers: answer.rawHeaders, body });
  });
  await expect(read(TAG)).rejects.toMatchObject(UNAVAILABLE);
});

describe('without a SHA-256', () => {
  it.each([
    ['another bit', flipped],
    ['half of it', halved],
  ])('fails on %s, and gives the right bytes the next time', async (_, body) => {
    changed((nth) => (nth === 1 ? { body } : {}));
    await expect(read(TAG)).rejects.toMatchObject(UNAVAILABLE);
    expect(await read(TAG)).toBe(`sha256:${sha256(TAG)}`);
  });

  it('fails on half of an object, however often it comes', async () => {
    changed(() => ({ body: halved }));
    await expect(read(TAG)).rejects.toMatchObject(UNAVAILABLE);
    await expect(read(TAG)).rejects.toMatchObject(UNAVAILABLE);
  });

  it('learns once that the ETags of a server are no MD5s', async () => {
    changed(() => ({ etag: NO_MD5 }));
    expect(await read(TAG)).toBe(`sha256:${sha256(TAG)}`);
    expect(requests()).toEqual(['GET', 'GET', 'HEAD']);
    expect(await read(OTHER_TAG)).toBe(`sha256:${sha256(OTHER_TAG)}`);
    expect(requests()).toEqual(['GET', 'GET', 'HEAD', 'GET']);
  });

  it('does not unlearn by one object that the ETags of a server are MD5s', async () => {
    changed((nth) => (nth === 2 || nth === 3 ? { etag: NO_MD5 } : nth === 4 ? { body: flipped } : {}));
    expect(await read(TAG)).toBe(`sha256:${sha256(TAG)}`);
    expect(await read(TAG)).toBe(`sha256:${sha256(TAG)}`);
    await expect(read(TAG)).rejects.toMatchObject(UNAVAILABLE);
  });

  it('does not learn from one wrong header', async () => {
    changed((nth) => (nth === 1 ? { etag: NO_MD5 } : nth === 3 ? { body: flipped } : {}));
    expect(await read(TAG)).toBe(`sha256:${sha256(TAG)}`);
    await expect(read(TAG)).rejects.toMatchObject(UNAVAILABLE);
  });

  it('takes the ETag of an encrypted object for what it is', async () => {
    changed(() => ({ etag: NO_MD5, headers: ['x-amz-server-side-encryption', 'aws:kms'] }));
    expect(await read(TAG)).toBe(`sha256:${sha256(TAG)}`);
    expect(requests()).toEqual(['GET']);
  });

  it('leaves what a key tells to who reads it', async () => {
    const body = randomBytes(1000);
    const hex = sha256(body);
    const blob = `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
    await put(blob, body);
    behind.forget();
    changed(() => ({ etag: NO_MD5 }));
    expect((await buffer(await storage.read(blob))).equals(body)).toBe(true);
    expect(requests()).toEqual(['GET']);
  });

  it('fails on a range that is shorter than it says', async () => {
    changed(() => ({ body: halved }));
    await expect(storage.read(TAG, { offset: 3 }).then(buffer)).rejects.toMatchObject(UNAVAILABLE);
  });
});
