// Copies that move no bytes through the worker: within a storage, and from another one of the same provider. They are
// proved as writes are, or not offered.

import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { DamagedObjectError, ObjectNotFoundError } from '../../../activities/storage/errors.ts';
import type { Storage } from '../../../activities/storage/storage.ts';
import { keysOf, type Subject } from './subject.ts';
import { sha256 } from '../../support/digests.ts';

export function copies({ storage, put, content }: Subject): void {
  test('within itself', async () => {
    await put(`from/it's $(a)+b`, 'content');
    await put('to/deep/er', 'old');
    await storage().copyWithin(`from/it's $(a)+b`, 'to/deep/er');
    expect(await content('to/deep/er')).toBe('content');
    expect(await content(`from/it's $(a)+b`)).toBe('content');
    await expect(storage().copyWithin('none', 'to/none')).rejects.toBeInstanceOf(ObjectNotFoundError);
  });
}

export function copiesFromItsLike({ storage, put, keys, bytes, content, opened }: Subject): void {
  const withOther = async (work: (other: Storage) => Promise<void>): Promise<void> => {
    const other = await opened().beside();
    await work(other);
    await other.remove(await keysOf(other));
  };
  const copy = async (other: Storage, key: string, request: { size: number; sha256?: string }) =>
    await storage().copyFrom?.(other, key, request);

  test.each([0, 71, 12_000_000])('%i bytes from its like, proved', async (size) => {
    await withOther(async (other) => {
      const key = `registry/it's ünï/${size}`;
      const body = randomBytes(size);
      const request = { size, sha256: sha256(body) };
      await other.write(key, body, request);
      await put(key, 'what was there before');
      const copied = await copy(other, key, request);
      const stands = copied === undefined ? Buffer.from('what was there before') : body;
      expect([undefined, request.sha256]).toContain(copied?.sha256);
      expect((await bytes(key)).equals(stands)).toBe(true);
      expect(await keys()).toEqual([key]);
      expect(await opened().remains()).toEqual([]);
    });
  });

  test('bytes of unknown digest from its like, and tells it', async () => {
    await withOther(async (other) => {
      const body = randomBytes(1000);
      await other.write('unknown', body, { size: body.length });
      const copied = await copy(other, 'unknown', { size: body.length });
      if (copied === undefined) return;
      expect(copied.sha256).toBe(sha256(body));
      expect((await bytes('unknown')).equals(body)).toBe(true);
    });
  });

  test('nothing from its like when the digest or the size is another', async () => {
    await withOther(async (other) => {
      const body = randomBytes(2000);
      await other.write('object', body, { size: body.length });
      await put('object', 'old');
      for (const request of [
        { size: body.length, sha256: sha256('other bytes') },
        { size: body.length + 1 },
        { size: body.length - 1, sha256: sha256(body) },
      ]) {
        const attempt = await copy(other, 'object', request).catch((error: unknown) => error);
        expect(attempt === undefined || attempt instanceof DamagedObjectError).toBe(true);
        expect(await content('object')).toBe('old');
      }
      expect(await opened().remains()).toEqual([]);
    });
  });

  test('nothing from its like that is not there', async () => {
    await withOther(async (other) => {
      const attempt = await copy(other, 'none', { size: 3, sha256: sha256('abc') }).catch(
        (error: unknown) => error,
      );
      expect(attempt === undefined || attempt instanceof ObjectNotFoundError).toBe(true);
      expect(await keys()).toEqual([]);
      expect(await opened().remains()).toEqual([]);
    });
  });
}
