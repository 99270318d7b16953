// Writes: all of it, proved, or nothing; seen whole or not at all.

import { randomBytes } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { forEachBounded } from '../../../activities/concurrency/for-each-bounded.ts';
import { DamagedObjectError } from '../../../activities/storage/errors.ts';
import type { Subject } from './subject.ts';
import { sha256 } from '../../support/digests.ts';

/** Reads, each of which is a command of its own on a host. */
const AT_ONCE = 20;

export function writes({ storage, put, keys, bytes, content, opened }: Subject): void {
  test('a stream with its digest, and tells how that was proved', async () => {
    const body = randomBytes(5_000_000);
    const written = await storage().write('blob', Readable.from([body.subarray(0, 1), body.subarray(1)]), {
      size: body.length,
      sha256: sha256(body),
    });
    expect(written).toEqual({ sha256: sha256(body), proof: storage().proof.kind });
    expect((await bytes('blob')).equals(body)).toBe(true);
    expect(await opened().remains()).toEqual([]);
  });

  test.each([0, 1000, 9_000_000])('%i bytes of unknown digest, and finds it', async (size) => {
    const body = randomBytes(size);
    const { sha256: found } = await storage().write('unknown', Readable.from([body]), { size });
    expect(found).toBe(sha256(body));
    expect((await bytes('unknown')).equals(body)).toBe(true);
  });

  test('nothing when the digest is another, and keeps the old object', async () => {
    const body = randomBytes(300_000);
    const wrong = Buffer.from(body);
    wrong[150_000] = (wrong[150_000] as number) ^ 1;
    const request = { size: body.length, sha256: sha256(body) };
    await expect(storage().write('d/new', Readable.from([wrong]), request)).rejects.toBeInstanceOf(
      DamagedObjectError,
    );
    expect(await keys()).toEqual([]);
    await put('d/old', 'old');
    await expect(storage().write('d/old', wrong, request)).rejects.toBeInstanceOf(DamagedObjectError);
    expect(await content('d/old')).toBe('old');
    expect(await opened().remains()).toEqual([]);
  });

  test('nothing when an empty object is to have a digest of something', async () => {
    const request = { size: 0, sha256: sha256('something') };
    await expect(storage().write('empty', Buffer.alloc(0), request)).rejects.toBeInstanceOf(
      DamagedObjectError,
    );
    expect(await keys()).toEqual([]);
  });

  test.each([
    ['too many', 99_999],
    ['too few', 100_001],
  ])('nothing when there are %s bytes', async (_, size) => {
    await put('old', 'old');
    const given = randomBytes(100_000);
    for (const request of [{ size }, { size, sha256: sha256(given) }]) {
      await expect(storage().write('old', Readable.from([given]), request)).rejects.toBeInstanceOf(
        DamagedObjectError,
      );
    }
    expect(await content('old')).toBe('old');
    expect(await opened().remains()).toEqual([]);
  });

  test('nothing when the source breaks, whose error it throws', async () => {
    const broken = new Error('the source broke');
    const body = new PassThrough();
    body.write(Buffer.alloc(100_000));
    setTimeout(() => body.destroy(broken), 50);
    const request = { size: 200_000, sha256: sha256(Buffer.alloc(200_000)) };
    await expect(storage().write('broken', body, request)).rejects.toBe(broken);
    expect(await keys()).toEqual([]);
  });

  test('nothing when it is aborted, and throws the reason', async () => {
    const reason = new Error('cancelled by the test');
    const controller = new AbortController();
    const body = new PassThrough();
    body.write(Buffer.alloc(100_000));
    const writing = storage().write(
      'aborted',
      body,
      { size: 200_000, sha256: sha256(Buffer.alloc(200_000)) },
      { signal: controller.signal },
    );
    setTimeout(() => controller.abort(reason), 100);
    await expect(writing).rejects.toBe(reason);
    await expect(
      storage().write('aborted', Buffer.alloc(1), { size: 1 }, { signal: controller.signal }),
    ).rejects.toBe(reason);
    expect(await keys()).toEqual([]);
  });

  test('over an object, so that a reader has the old or the new one', async () => {
    const old = Buffer.alloc(400_000, 'o');
    const young = Buffer.alloc(500_000, 'n');
    await put('same', old);
    const writing = (async () => {
      for (let n = 0; n < 10; n += 1) await put('same', n % 2 === 0 ? young : old);
    })();
    for (let n = 0; n < 10; n += 1) {
      const seen = await bytes('same');
      expect([old, young].some((whole) => whole.equals(seen))).toBe(true);
    }
    await writing;
  });

  test('many at once over one object, and one of them stays whole', async () => {
    const bodies = Array.from({ length: 8 }, (_, n) => Buffer.alloc(200_000 + n, String(n)));
    const written = await Promise.all(
      bodies.map((body) => storage().write('contested', body, { size: body.length, sha256: sha256(body) })),
    );
    expect(written.map((result) => result.sha256)).toEqual(bodies.map(sha256));
    const stays = await bytes('contested');
    expect(bodies.some((body) => body.equals(stays))).toBe(true);
    expect((await storage().stat('contested'))?.size).toBe(stays.length);
    expect(await opened().remains()).toEqual([]);
  });

  test('nothing above the largest object of the service, before a byte is read', async () => {
    // A directory has no such limit; then there is nothing that could be refused.
    const size = storage().limits.object + 1;
    if (!Number.isSafeInteger(size)) return;
    const body = new PassThrough();
    await expect(storage().write('too-large', body, { size })).rejects.toMatchObject({
      type: expect.stringMatching(/PreflightFailed|InvalidInput/) as string,
    });
    body.destroy();
    expect(await keys()).toEqual([]);
  });

  test('with the digest in the stat, where the server keeps digests', async () => {
    const body = randomBytes(1000);
    await storage().write('blob', body, { size: body.length, sha256: sha256(body) });
    const stat = await storage().stat('blob');
    expect(stat?.size).toBe(1000);
    expect(stat?.sha256).toBe(opened().showsSha256 === true ? sha256(body) : undefined);
  });
}

export function manyWrites({ storage, put, keys, bytes, content, opened }: Subject): void {
  test('many small objects, each as if written alone', async () => {
    const items = Array.from({ length: 300 }, (_, n) =>
      item(`links/${n % 5}/it's ${n}/link`, randomBytes(n === 7 ? 0 : 71 + n)),
    );
    const unknown = { key: 'links/unknown', body: Buffer.from('unknown'), size: 7 };
    await put('links/unknown', 'old');
    const written = await storage().writeMany?.([...items, unknown]);
    expect(written?.map((result) => result.sha256)).toEqual([
      ...items.map((one) => one.sha256),
      sha256('unknown'),
    ]);
    for (const { proof } of written ?? []) expect(proof).toBe(storage().proof.kind);
    expect((await keys()).length).toBe(301);
    expect(await content('links/unknown')).toBe('unknown');
    await forEachBounded(items, AT_ONCE, async (one) => {
      expect((await bytes(one.key)).equals(one.body)).toBe(true);
    });
    expect(await opened().remains()).toEqual([]);
  });

  test('of many small objects none with other bytes than its digest', async () => {
    const good = Array.from({ length: 20 }, (_, n) => item(`many/${n}`, randomBytes(100)));
    const bad = { ...item('many/bad', randomBytes(100)), body: randomBytes(100) };
    const writing = storage().writeMany?.([...good.slice(0, 10), bad, ...good.slice(10)]);
    await expect(writing).rejects.toBeInstanceOf(DamagedObjectError);
    const found = await keys();
    expect(found).not.toContain('many/bad');
    for (const { key, body } of good.filter(({ key }) => found.includes(key))) {
      expect((await bytes(key)).equals(body)).toBe(true);
    }
    expect(await opened().remains()).toEqual([]);
  });
}

const item = (key: string, body: Buffer) => ({ key, body, size: body.length, sha256: sha256(body) });
