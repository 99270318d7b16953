// Copies between two places of one S3 server: no bytes pass through the worker, and what the server does not prove is
// not done.

import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DamagedObjectError } from '../../activities/storage/errors.ts';
import { s3ContextOf } from '../../activities/storage/s3/s3.ts';
import { copyInParts } from '../../activities/storage/s3/copy.ts';
import type { S3Context } from '../../activities/storage/s3/context.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import { passOn } from '../../lab/faults/faulty-proxy.ts';
import { openAt } from '../conformance/kinds/s3-entry.ts';
import { clientOf } from '../conformance/kinds/s3-uploads.ts';
import { keysOf } from '../conformance/suite/subject.ts';
import { behindProxy, refused, rewritten } from './s3-behind-proxy.ts';
import { sha256 } from '../support/digests.ts';

const body = randomBytes(3_000_000);
const digest = sha256(body);
const request = { size: body.length, sha256: digest };

const behind = behindProxy();
let source: Storage;
let destination: Storage;
beforeEach(async () => {
  source = await behind.open('/source');
  destination = await behind.open('/destination');
  await source.write('blob', body, request);
  behind.forget();
});
afterEach(async () => {
  behind.lack(null);
  for (const storage of [source, destination]) await storage.remove(await keysOf(storage));
});

const copy = async (given: { size: number; sha256?: string } = request) =>
  await destination.copyFrom?.(source, 'blob', given);
/** As a registry does: without a digest that the server could show. */
const writePlainly = async (): Promise<void> => {
  const client = clientOf(behind.server.s3);
  await client.send(
    new PutObjectCommand({ Bucket: behind.server.entry.bucket, Key: 'source/blob', Body: body }),
  );
  client.destroy();
};

it('sends no bytes, and has the server prove the digest', async () => {
  await writePlainly();
  expect((await source.stat('blob'))?.sha256).toBeUndefined();
  expect(await copy()).toEqual({ sha256: digest, proof: 'server' });
  expect((await destination.stat('blob'))?.sha256).toBe(digest);
  const bytes = behind.seen.map(({ headers }) => Number(headers['content-length'] ?? 0));
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(10_000);
  expect(behind.seen.filter(({ method }) => method === 'GET')).toEqual([]);
  expect(await keysOf(destination)).toEqual(['blob']);
});

it('finds that the source has other bytes, though it shows no digest, and leaves none of them', async () => {
  await writePlainly();
  const other = sha256('other bytes');
  await expect(copy({ size: body.length, sha256: other })).rejects.toBeInstanceOf(DamagedObjectError);
  expect(await keysOf(destination)).toEqual([]);
});

it('is not done where the server does not tell what it copied, which is found out once', async () => {
  behind.lack((exchange) =>
    exchange.headers['x-amz-copy-source'] === undefined
      ? undefined
      : rewritten((text) => text.replace(/<ChecksumSHA256>.*?<\/ChecksumSHA256>/, ''))(exchange),
  );
  expect(await copy()).toBeUndefined();
  expect(await copy()).toBeUndefined();
  expect(behind.seen.filter(({ headers }) => headers['x-amz-copy-source'] !== undefined)).toHaveLength(1);
  expect(await keysOf(destination)).toEqual([]);
});

it('is not done where nobody knows what is to be copied', async () => {
  await writePlainly();
  expect(await copy({ size: body.length })).toBeUndefined();
  expect(await keysOf(destination)).toEqual([]);
});

it('finds that something else was copied than the source told, and leaves none of it', async () => {
  expect(await copy({ size: body.length })).toEqual({ sha256: digest, proof: 'server' });
  const other = Buffer.from(sha256('other bytes'), 'hex').toString('base64');
  behind.lack((exchange) =>
    exchange.headers['x-amz-copy-source'] === undefined
      ? undefined
      : rewritten((text) => text.replace(/<ChecksumSHA256>.*?</, `<ChecksumSHA256>${other}<`))(exchange),
  );
  await expect(copy({ size: body.length })).rejects.toBeInstanceOf(DamagedObjectError);
  expect(await keysOf(destination)).toEqual([]);
});

it('leaves no copy that was not proved, also after a cancellation', async () => {
  await copy();
  await destination.remove(['blob']);
  const reason = new Error('cancelled by the test');
  const cancelled = new AbortController();
  behind.lack(async (exchange) => {
    const answer = await exchange.forward();
    if (exchange.headers['x-amz-copy-source'] !== undefined) cancelled.abort(reason);
    await passOn(exchange, answer);
  });
  const { signal } = cancelled;
  await expect(destination.copyFrom?.(source, 'blob', request, { signal })).rejects.toBe(reason);
  expect(await keysOf(destination)).toEqual([]);
});

it('leaves it to the bytes where the destination sees nothing in the place of the source', async () => {
  await copy();
  behind.lack((exchange) =>
    exchange.headers['x-amz-copy-source'] === undefined ? undefined : refused(404, 'NoSuchKey')(exchange),
  );
  expect(await copy()).toBeUndefined();
});

it('is not done from another server', async () => {
  const { server } = behind;
  const elsewhere = await openAt(server.s3, server.entry.bucket, '/source');
  expect(await destination.copyFrom?.(elsewhere, 'blob', request)).toBeUndefined();
  await elsewhere.close();
  expect(behind.seen).toEqual([]);
});

it('copies in parts what is too large for one request, and reads it back', async () => {
  const places = [source, destination].map((storage) => s3ContextOf(storage) as S3Context) as [
    S3Context,
    S3Context,
  ];
  const parts = async (given: { size: number; sha256: string }) =>
    await copyInParts(...places, 'blob', given, {});
  expect(await parts(request)).toEqual({ sha256: digest, proof: 'read-back' });
  expect(behind.seen.filter(({ url }) => url.includes('partNumber'))).toHaveLength(1);
  expect((await buffer(await destination.read('blob'))).equals(body)).toBe(true);

  const other = sha256('other bytes');
  await expect(parts({ size: body.length, sha256: other })).rejects.toMatchObject({
    type: 'IntegrityMismatch',
  });
  expect(await keysOf(destination)).toEqual([]);
});

it('goes on to copy as before after it was cancelled', async () => {
  const reason = new Error('cancelled by the test');
  const cancelled = AbortSignal.abort(reason);
  await expect(destination.copyFrom?.(source, 'blob', request, { signal: cancelled })).rejects.toBe(reason);
  expect(await copy()).toEqual({ sha256: digest, proof: 'server' });
  expect((await buffer(await destination.read('blob'))).equals(body)).toBe(true);
});
