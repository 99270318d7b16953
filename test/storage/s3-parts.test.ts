// Large objects in parts on S3: what an earlier attempt sent is not sent again, and what cannot be gone on with does
// not stay at the server.

import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UnreadableObjectError } from '../../activities/storage/errors.ts';
import { partBytesOf } from '../../activities/storage/s3/parts.ts';
import type { Storage, UploadState, WriteInPartsOptions } from '../../activities/storage/storage.ts';
import { unfinishedUploads } from '../conformance/kinds/s3-uploads.ts';
import { behindProxy, refused, rewritten } from './s3-behind-proxy.ts';
import { sha256 } from '../support/digests.ts';

const SIZE_BYTES = 41_000_000;
const GIB = 1024 ** 3;
const body = randomBytes(SIZE_BYTES);
const request = { size: SIZE_BYTES, sha256: sha256(body) };

const behind = behindProxy();
let storage: Storage;
beforeEach(async () => {
  storage = await behind.open();
});
afterEach(async () => {
  behind.lack(null);
  await storage.remove(['large']);
  behind.forget();
});

const part = (offset: number, length: number): Promise<Readable> =>
  Promise.resolve(Readable.from([body.subarray(offset, offset + length)]));
const write = async (options: WriteInPartsOptions = {}, read = part) =>
  await storage.writeInParts?.('large', read, request, options);
/** Numbers of the parts that were sent. */
const sent = (): number[] =>
  behind.seen
    .filter(({ url }) => url.includes('partNumber='))
    .map(({ url }) => Number(/partNumber=(\d+)/.exec(url)?.[1]))
    .sort((a, b) => a - b);
const unfinished = () => unfinishedUploads(behind.server.s3, behind.server.entry.bucket);

it('has few parts, none of which is too large for memory, up to the largest object', () => {
  for (const size of [1, SIZE_BYTES, 5 * GIB + 1, 20 * GIB, 5 * 1024 * GIB]) {
    expect(Math.ceil(size / partBytesOf(size))).toBeLessThanOrEqual(1000);
  }
  expect(partBytesOf(20 * GIB)).toBe(32 * 1024 ** 2);
});

it('sends each part with its digest and tells the digest of all', async () => {
  expect(await write()).toEqual({ sha256: request.sha256, proof: 'checksum' });
  expect(sent()).toEqual([1, 2, 3, 4, 5]);
  for (const { headers } of behind.seen.filter(({ method }) => method === 'PUT')) {
    expect(headers['x-amz-checksum-sha256']).toMatch(/^[\w+/]{43}=$/);
  }
});

it('sends only the parts that are missing after it was killed', async () => {
  let state: UploadState | undefined;
  const killed = new AbortController();
  const untilTheFourth = async (offset: number, length: number): Promise<Readable> => {
    if (offset >= 3 * partBytesOf(SIZE_BYTES)) {
      await Promise.all([1, 2, 3].map((number) => until(() => answered.has(number))));
      killed.abort(new Error('killed'));
    }
    return await part(offset, length);
  };
  const answered = new Set<number>();
  behind.lack(async (exchange) => {
    const answer = await exchange.forward();
    await exchange.reply({ status: answer.statusCode ?? 502, headers: answer.rawHeaders, body: answer });
    const number = /partNumber=(\d+)/.exec(exchange.url)?.[1];
    if (number !== undefined) answered.add(Number(number));
  });
  const begun = (given: UploadState): void => {
    state = given;
  };
  await expect(write({ begun, signal: killed.signal }, untilTheFourth)).rejects.toThrow('killed');
  expect(await unfinished()).toHaveLength(1);

  behind.forget();
  storage = await behind.open();
  expect(await write(state && { resume: state })).toEqual({ sha256: request.sha256, proof: 'checksum' });
  expect(sent()).toEqual([4, 5]);
  expect((await buffer(await storage.read('large'))).equals(body)).toBe(true);
  expect(await unfinished()).toEqual([]);
});

it('keeps an upload that can be gone on with when the server is away for a while', async () => {
  let state: UploadState | undefined;
  behind.lack((exchange) =>
    exchange.url.includes('partNumber=3') ? refused(503, 'SlowDown')(exchange) : undefined,
  );
  const begun = (given: UploadState): void => {
    state = given;
  };
  await expect(write({ begun })).rejects.toMatchObject({ type: 'StorageUnavailable' });
  expect(await unfinished()).toHaveLength(1);
  behind.lack(null);
  await write(state && { resume: state });
  expect(await unfinished()).toEqual([]);
});

it('leaves no upload that nobody can go on with', async () => {
  behind.lack((exchange) =>
    exchange.url.includes('partNumber=3') ? refused(503, 'SlowDown')(exchange) : undefined,
  );
  await expect(write()).rejects.toMatchObject({ type: 'StorageUnavailable' });
  expect(await unfinished()).toEqual([]);
});

it('leaves no upload when the source cannot be read', async () => {
  await expect(write({ begun: () => undefined }, broken)).rejects.toBeInstanceOf(UnreadableObjectError);
  expect(await unfinished()).toEqual([]);
});

it('does not say that the object is gone when the upload is', async () => {
  // So Ceph's gateway says it.
  behind.lack((exchange) =>
    exchange.method === 'POST' && exchange.url.includes('uploadId=')
      ? refused(404, 'NoSuchKey')(exchange)
      : undefined,
  );
  await expect(write()).rejects.toMatchObject({ type: 'StorageUnavailable' });
});

it.each([
  ['does not say that it has put the parts together', 'POST', () => rewritten(() => '<html>welcome</html>')],
  ['does not show what was just written', 'HEAD', () => refused(404, 'NotFound')],
])('does not trust a server that %s', async (says, method, faulty) => {
  behind.lack((exchange) =>
    exchange.method === method && (method === 'HEAD' || exchange.url.includes('uploadId='))
      ? faulty()(exchange)
      : undefined,
  );
  await expect(write()).rejects.toMatchObject({
    type: 'StorageUnavailable',
    message: expect.stringContaining(says) as string,
  });
  behind.lack(null);
  expect(await storage.stat('large')).toBeUndefined();
  expect(await unfinished()).toEqual([]);
});

function broken(offset: number, length: number): Promise<Readable> {
  if (offset === 0) return part(offset, length);
  return Promise.reject(new UnreadableObjectError('large', new Error('a bad sector')));
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}
