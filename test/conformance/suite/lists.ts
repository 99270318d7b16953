// Listings: complete, in byte order, cut where they are asked to be, and never with a wrong digest.

import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { compareKeys } from '../../../activities/storage/byte-order.ts';
import type { Subject } from './subject.ts';
import { md5, sha256 } from '../../support/digests.ts';

/** Keys that have an order, a character or a look that some server or shell gets wrong. */
export const TRAPS = [
  'a-b/c',
  'a/b',
  'a.b',
  'a0',
  'A',
  'a/b.c/d',
  'a/b-c',
  'a b/c',
  'z',
  'y/x',
  'ﬀ/one',
  '😀',
  'ünï/çode',
  '漢字/key',
  'with space',
  'two\nlines',
  `it's "quoted"`,
  '$(id)`id`',
  '-n',
  'back\\slash',
  'percent%41',
  'plus+plus',
  'hash#?&=x',
  '[glob]*?',
  'x,y;z',
  '<xml>&amp;',
  'at@colon:bang!~^|',
  '_manifests/tags/v1.0_final/current/link',
];
const MORE_THAN_A_PAGE = 1201;
const MANY = 150;
const AT_ONCE = 50;

export function lists({ storage, put, keys, bytes, opened }: Subject): void {
  const trapsHere = (): string[] => TRAPS.filter((key) => opened().refuses?.(key) !== true);

  test('in byte order of the whole key, with sizes', async () => {
    for (const key of trapsHere()) await put(key, key);
    const found = [];
    for await (const object of storage().list({})) found.push(object);
    expect(found.map(({ key }) => key)).toEqual(trapsHere().sort(compareKeys));
    expect(found.map(({ size }) => size)).toEqual(found.map(({ key }) => Buffer.byteLength(key)));
    for (const { key } of found) expect((await bytes(key)).toString()).toBe(key);
  });

  test('from after any key, whether it is there or not, and under any prefix', async () => {
    const there = ['a-b/c', 'a/b', 'a/c/c', 'a/d/e', 'a.b', 'a0', 'b', '😀/x'];
    for (const key of there) await put(key, '1');
    const sorted = there.sort(compareKeys);
    for (const after of [...sorted, 'a', 'a/', 'a/a', 'a/c', 'a/d', 'a/z', 'aa', 'zzz', '😀']) {
      expect({ after, keys: await keys({ after }) }).toEqual({
        after,
        keys: sorted.filter((key) => compareKeys(key, after) > 0),
      });
    }
    for (const prefix of ['a', 'a/', 'a/d', 'a/d/', 'a/d/e', 'b', 'nothing', 'no/thing', '😀/']) {
      const under = sorted.filter((key) => key.startsWith(prefix));
      expect({ prefix, keys: await keys({ prefix }) }).toEqual({ prefix, keys: under });
    }
    for (const [prefix, after] of [
      ['a/', 'a/b'],
      ['a/', 'a'],
      ['a/', 'a/zz'],
      ['a/', 'b'],
      ['a/c', 'a/b'],
      ['b', 'a/b'],
    ] as const) {
      const some = sorted.filter((key) => key.startsWith(prefix) && compareKeys(key, after) > 0);
      expect({ prefix, after, keys: await keys({ prefix, after }) }).toEqual({ prefix, after, keys: some });
    }
  });

  test('many objects, more than one answer of most servers holds', async () => {
    const objects = opened().largePages === true ? MANY : MORE_THAN_A_PAGE;
    const many = Array.from({ length: objects }, (_, n) => `many/${n % 7}/${n}`);
    for (let start = 0; start < many.length; start += AT_ONCE) {
      await Promise.all(many.slice(start, start + AT_ONCE).map((key) => put(key, 'x')));
    }
    many.sort(compareKeys);
    expect(await keys()).toEqual(many);
    expect(await keys({ after: many[100] as string })).toEqual(many.slice(101));
    expect(await keys({ prefix: 'many/3/' })).toEqual(many.filter((key) => key.startsWith('many/3/')));
    await storage().remove(many);
    expect(await keys()).toEqual([]);
  });

  test('digests that are those of the bytes, or none', async () => {
    const contents = new Map<string, Buffer>([
      ['blob', randomBytes(100_000)],
      ['empty', Buffer.alloc(0)],
      ['replaced', randomBytes(10)],
    ]);
    await put('replaced', 'other bytes before');
    for (const [key, body] of contents) {
      await storage().write(key, body, { size: body.length, sha256: sha256(body) });
    }
    await storage().copyWithin('blob', 'copied');
    contents.set('copied', contents.get('blob') as Buffer);
    const found = [];
    for await (const object of storage().list({})) found.push(object);
    expect(found.map(({ key }) => key)).toEqual(['blob', 'copied', 'empty', 'replaced']);
    for (const { key, ...listed } of found) {
      const body = contents.get(key) as Buffer;
      for (const known of [listed, await storage().stat(key)]) {
        expect(known?.size).toBe(body.length);
        expect([undefined, sha256(body)]).toContain(known?.sha256);
        expect([undefined, md5(body)]).toContain(known?.md5);
      }
    }
  });

  test('nothing more once it is aborted', async () => {
    for (const key of ['a', 'b']) await put(key, 'x');
    const reason = new Error('cancelled by the test');
    const listing = keys({ signal: AbortSignal.abort(reason) });
    await expect(listing).rejects.toBe(reason);
  });
}
