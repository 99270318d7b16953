// What compatible servers lack is found out once and worked around; nothing is believed that was not seen.

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Storage } from '../../activities/storage/storage.ts';
import { PROBE_FOLDER } from '../../domain/storage/content-address.ts';
import type { TransshipError } from '../../domain/transship-error.ts';
import { behindProxy, type Lack, refused, rewritten, without } from './s3-behind-proxy.ts';
import { sha256 } from '../support/digests.ts';

const CHECKSUM = 'x-amz-checksum-sha256';
const HOUR_MS = 3_600_000;

const behind = behindProxy();
let storage: Storage;
beforeEach(async () => {
  storage = await behind.open();
});
afterEach(async () => {
  vi.useRealTimers();
  behind.lack(null);
  storage = await behind.open();
  await storage.remove(await keys());
  behind.forget();
});

const put = (key: string, text: string) => {
  const body = Buffer.from(text);
  return storage.write(key, body, { size: body.length, sha256: sha256(body) });
};
const keys = async (options: Parameters<Storage['list']>[0] = {}): Promise<string[]> => {
  const found: string[] = [];
  for await (const { key } of storage.list(options)) found.push(key);
  return found;
};
const probes = () => behind.seen.filter(({ method, url }) => method === 'PUT' && url.includes(PROBE_FOLDER));

it('takes the word of a server that refuses wrong bytes, and asks it once', async () => {
  expect(await put('a', 'one')).toMatchObject({ proof: 'server' });
  // One of wrong bytes, and one of the right ones, which is removed.
  expect(behind.seen.map(({ method }) => method)).toEqual(['PUT', 'PUT', 'PUT', 'DELETE']);
  expect(await put('b', 'two')).toMatchObject({ proof: 'server' });
  expect(behind.seen).toHaveLength(5);
});

const echoing: Lack = async (exchange) => {
  await buffer(exchange.body);
  const headers = ['etag', '"x"', CHECKSUM, String(exchange.headers[CHECKSUM])];
  await exchange.reply({ status: 200, headers, body: Buffer.alloc(0) });
};

it('does not believe a server, or a proxy, that shows the digest that it was sent and looks at no byte', async () => {
  // It stores what it likes, here nothing at all.
  behind.lack((exchange) => (exchange.method === 'PUT' ? echoing(exchange) : undefined));
  await expect(put('a', 'one')).rejects.toMatchObject({ type: 'StorageUnavailable' });
  behind.lack((exchange) =>
    exchange.method === 'PUT' && exchange.url.includes(PROBE_FOLDER) ? echoing(exchange) : undefined,
  );
  storage = await behind.open();
  expect(await put('a', 'one')).toMatchObject({ proof: 'read-back' });
  const size = 6 * 1024 ** 2;
  const body = Buffer.alloc(size, 'x');
  const part = (offset: number, length: number) =>
    Promise.resolve(Readable.from([body.subarray(offset, offset + length)]));
  expect(await storage.writeInParts!('b', part, { size, sha256: sha256(body) })).toMatchObject({
    proof: 'read-back',
  });
});

it('finds out once whether a server that shows no digest refuses wrong bytes', async () => {
  behind.lack(without(CHECKSUM));
  expect(await put('a', 'one')).toMatchObject({ proof: 'server' });
  expect(await put('b', 'two')).toMatchObject({ proof: 'server' });
  // One of wrong bytes, and one of the right ones.
  expect(probes()).toHaveLength(2);
  expect(await keys()).toEqual(['a', 'b']);
});

it.each([
  ['for another reason', 'ExpiredToken', () => true],
  ['whatever its bytes are', 'BadDigest', () => true],
  ['without a reason', 'Status400', (nth: number) => nth === 0],
])('takes no refusal of a probe %s for a check of its bytes', async (_, code, isRefused) => {
  let nth = 0;
  behind.lack((exchange) => {
    const isProbe = exchange.method === 'PUT' && exchange.url.includes(PROBE_FOLDER);
    return isProbe && isRefused(nth++) ? refused(400, code)(exchange) : without(CHECKSUM)(exchange);
  });
  expect(await put('a', 'one')).toMatchObject({ proof: 'read-back' });
  expect(await keys()).toEqual(['a']);
});

const takesAnything: Lack = async (exchange) => {
  await buffer(exchange.body);
  await exchange.reply({ status: 200, headers: ['etag', '"x"'], body: Buffer.alloc(0) });
};
/** Neither shows digests nor checks them. */
const showsNoDigest = (fault: (exchange: Parameters<Lack>[0]) => Promise<void> | undefined): Lack => {
  return (exchange) => {
    const isProbe = exchange.method === 'PUT' && exchange.url.includes(PROBE_FOLDER);
    return fault(exchange) ?? (isProbe ? takesAnything(exchange) : without(CHECKSUM)(exchange));
  };
};

it('leaves nothing that was not proved, also after a cancellation', async () => {
  const reason = new Error('cancelled by the test');
  const cancelled = new AbortController();
  behind.lack(
    showsNoDigest((exchange) => {
      if (exchange.method === 'GET') cancelled.abort(reason);
      return undefined;
    }),
  );
  const body = Buffer.from('one');
  const { signal } = cancelled;
  await expect(
    storage.write('a', body, { size: body.length, sha256: sha256(body) }, { signal }),
  ).rejects.toBe(reason);
  behind.lack(null);
  expect(await keys()).toEqual([]);
});

it('does not say that the object is gone when the server does not show what was just written', async () => {
  behind.lack(
    showsNoDigest((exchange) =>
      exchange.method === 'GET' ? refused(404, 'NoSuchKey')(exchange) : undefined,
    ),
  );
  await expect(put('a', 'one')).rejects.toMatchObject({
    type: 'StorageUnavailable',
    message: expect.stringContaining('does not show') as string,
  });
  behind.lack(null);
  expect(await keys()).toEqual([]);
});

it('reads back what goes to a server that takes any bytes', async () => {
  behind.lack(async (exchange) => {
    if (exchange.method === 'PUT' && exchange.url.includes(PROBE_FOLDER)) {
      await buffer(exchange.body);
      await exchange.reply({ status: 200, headers: ['etag', '"x"'], body: Buffer.alloc(0) });
    } else await without(CHECKSUM)(exchange);
  });
  expect(await put('a', 'one')).toMatchObject({ proof: 'read-back' });
  expect(await put('b', 'two')).toMatchObject({ proof: 'read-back' });
  expect(behind.seen.filter(({ method }) => method === 'GET')).toHaveLength(2);
  expect(probes()).toHaveLength(1);
});

it.each([
  ['refuses it', (url: string) => (url.includes('list-type=2') ? refused(501, 'NotImplemented') : undefined)],
  [
    'answers as to version 1',
    (url: string) =>
      url.includes('list-type=2')
        ? rewritten((text) => text.replace(/<KeyCount>.*?<\/KeyCount>/, ''))
        : undefined,
  ],
])('lists by version 1 where a server does not know version 2 and %s', async (_, lackFor) => {
  for (const key of ['a', 'b c', 'd+e', 'ü/f']) await put(key, key);
  behind.forget();
  behind.lack((exchange) => lackFor(exchange.url)?.(exchange));
  expect(await keys()).toEqual(['a', 'b c', 'd+e', 'ü/f']);
  expect(await keys({ after: 'b c' })).toEqual(['d+e', 'ü/f']);
  expect(behind.seen.filter(({ url }) => url.includes('list-type=2'))).toHaveLength(1);
});

it.each([
  ['a page', () => rewritten(() => '<html>welcome</html>')],
  ['a refusal without a reason', () => refused(501, 'Unknown')],
  ['too much to do', () => refused(503, 'SlowDown')],
])('goes on listing by version 2 after %s in its place', async (_, faulty) => {
  await put('a', 'one');
  let left = 1;
  behind.lack((exchange) =>
    exchange.url.includes('list-type=2') && left-- > 0 ? faulty()(exchange) : undefined,
  );
  await keys().catch(() => undefined);
  behind.forget();
  expect(await keys()).toEqual(['a']);
  expect(behind.seen.map(({ url }) => url.includes('list-type=2'))).toEqual([true]);
});

it('does not take an answer without a listing for an empty bucket', async () => {
  behind.lack(rewritten(() => '<html>welcome</html>'));
  await expect(keys()).rejects.toMatchObject({ type: 'StorageUnavailable' });
});

it('does not take the whole object for the range that it asked for', async () => {
  await put('a', '0123456789');
  behind.lack(async (exchange) => {
    const answer = await exchange.forward();
    const body = Buffer.from('0123456789');
    answer.resume();
    await exchange.reply({ status: 200, headers: ['etag', '"x"', 'content-length', '10'], body });
  });
  await expect(storage.read('a', { offset: 3 })).rejects.toMatchObject({
    type: 'StorageUnavailable',
    message: expect.stringContaining('bytes=3-') as string,
  });
});

it('fails on an answer that ends before its announced length', async () => {
  await put('a', '0123456789');
  behind.lack(async (exchange) => {
    (await exchange.forward()).resume();
    const short = Readable.from([Buffer.from('0123')]);
    await exchange.reply({ status: 200, headers: ['etag', '"x"', 'content-length', '10'], body: short });
  });
  await expect(buffer(await storage.read('a'))).rejects.toMatchObject({
    type: 'StorageUnavailable',
    message: expect.stringContaining('4 of 10 bytes') as string,
  });
});

it('sends Content-MD5 with removals, on which some servers insist', async () => {
  await put('a', 'one');
  await storage.remove(['a']);
  expect(behind.seen.find(({ url }) => url.includes('?delete'))?.headers['content-md5']).toMatch(
    /^[\w+/]{22}==$/,
  );
});

it('tries a request again when the server stumbles, if it can send the bytes again', async () => {
  let stumbles = 1;
  behind.lack((exchange) => (stumbles-- > 0 ? refused(503, 'SlowDown')(exchange) : undefined));
  expect(await put('a', 'one')).toMatchObject({ proof: 'server' });
  stumbles = 2;
  await expect(put('b', 'two')).rejects.toMatchObject({
    type: 'StorageUnavailable',
    details: { status: 503, code: 'SlowDown' },
  });
});

it('goes by the clock of the server when ours is wrong, and says how wrong it is', async () => {
  // Our clock stands still from here on, so that it is further behind the longer this takes.
  const standsSinceMs = performance.now();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - HOUR_MS });
  expect(await put('a', 'one')).toMatchObject({ proof: 'server' });

  storage = await behind.open();
  const body = Buffer.from('a body that cannot be sent again');
  const write = () => storage.write('b', Readable.from([body]), { size: body.length, sha256: sha256(body) });
  const refusal = (await write().catch((error: unknown) => error)) as TransshipError;
  expect(refusal).toMatchObject({
    type: 'StorageUnavailable',
    message: expect.stringMatching(/RequestTimeTooSkewed.* \d+ s behind/) as string,
  });
  const behindS = Number(/(\d+) s behind/.exec(refusal.message)?.[1]);
  // The server tells whole seconds, and takes them from a clock that it reads once a second.
  expect(behindS).toBeGreaterThanOrEqual(3598);
  expect(behindS).toBeLessThanOrEqual(3601 + (performance.now() - standsSinceMs) / 1000);
  expect(await write()).toMatchObject({ proof: 'server' });
  expect(await keys()).toEqual(['a', 'b']);
});
