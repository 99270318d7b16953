// Reads: the bytes that are there, from where and as many as are asked for, or an error that says what is missing.

import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { ObjectNotFoundError } from '../../../activities/storage/errors.ts';
import type { Subject } from './subject.ts';

export function reads({ storage, put, keys, bytes, content }: Subject): void {
  test('ranges, and nothing from behind the end', async () => {
    await put('folder/object', '0123456789');
    expect(await content('folder/object')).toBe('0123456789');
    expect(await content('folder/object', { offset: 3 })).toBe('3456789');
    expect(await content('folder/object', { offset: 3, length: 4 })).toBe('3456');
    expect(await content('folder/object', { length: 2 })).toBe('01');
    expect(await content('folder/object', { offset: 8, length: 100 })).toBe('89');
    expect(await content('folder/object', { offset: 10 })).toBe('');
    expect(await content('folder/object', { offset: 2, length: 0 })).toBe('');
  });

  test('ranges of a large object, in any order', async () => {
    const body = randomBytes(12_000_000);
    await put('large', body);
    for (const [offset, length] of [
      [11_999_999, 1],
      [5_242_879, 2],
      [1, 7_000_000],
      [6_000_000, 6_000_000],
    ] as const) {
      const found = await bytes('large', { offset, length });
      expect({ offset, same: found.equals(body.subarray(offset, offset + length)) }).toEqual({
        offset,
        same: true,
      });
    }
  });

  test('an empty object', async () => {
    await put('empty', '');
    expect(await content('empty')).toBe('');
    expect(await content('empty', { offset: 0, length: 10 })).toBe('');
    expect((await storage().stat('empty'))?.size).toBe(0);
    expect(await keys()).toEqual(['empty']);
  });

  test('nothing that is not there', async () => {
    await put('folder/object', 'x');
    for (const key of ['none', 'folder', 'folder/object/below']) {
      await expect(storage().read(key)).rejects.toBeInstanceOf(ObjectNotFoundError);
      expect(await storage().stat(key)).toBeUndefined();
    }
  });

  test('nothing once it is aborted', async () => {
    await put('object', 'x');
    const reason = new Error('cancelled by the test');
    await expect(storage().read('object', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('no further than its reader goes', async () => {
    await put('large', randomBytes(8_000_000));
    for (let tries = 0; tries < 100; tries += 1) {
      const body = await storage().read('large');
      for await (const chunk of body) {
        expect((chunk as Buffer).length).toBeGreaterThan(0);
        break;
      }
    }
    // Would hang if what was not read kept its connections.
    expect((await storage().stat('large'))?.size).toBe(8_000_000);
  });

  test('many in the order they are asked for, without those that are gone', async () => {
    const big = randomBytes(3_000_000);
    await put('b', big);
    for (const key of ['a', 'c/d', `it's $(x)`, '-e', 'empty']) await put(key, key === 'empty' ? '' : key);
    const found: [string, number, Buffer][] = [];
    const asked = ['c/d', 'gone', 'b', `it's $(x)`, 'empty', '-e', 'x/y', 'a'];
    for await (const { key, size, body } of storage().readMany(asked)) {
      found.push([key, size, await buffer(body)]);
    }
    expect(found.map(([key]) => key)).toEqual(['c/d', 'b', `it's $(x)`, 'empty', '-e', 'a']);
    for (const [key, size, body] of found) {
      const expected = key === 'b' ? big : Buffer.from(key === 'empty' ? '' : key);
      expect({ key, size, same: body.equals(expected) }).toEqual({ key, size: expected.length, same: true });
    }
  });

  test('many, until its reader has enough', async () => {
    for (const key of ['a', 'b', 'c']) await put(key, key);
    for await (const { key, body } of storage().readMany(['a', 'b', 'c'])) {
      expect((await buffer(body)).toString()).toBe(key);
      break;
    }
    expect(await content('c')).toBe('c');
  });
}
