// Keys that no storage may act on: whatever a service, a shell or a file system would make of them, they are refused
// before anything is asked of it.

import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Storage } from '../../../activities/storage/storage.ts';
import { refusalOf } from '../../support/refusal-of.ts';
import type { Subject } from './subject.ts';

const UNSAFE = [
  '../up',
  '../../up/two',
  'a/../../up',
  'a/../b',
  './a',
  'a/./b',
  'a//b',
  '/a',
  'a/',
  '',
  'a\0b',
];

export function unsafeKeys({ storage, put, keys, content }: Subject): void {
  const body = Buffer.from('x');
  const request = { size: 1 };
  const part = (): Promise<Readable> => Promise.resolve(Readable.from([body]));
  const ways = (key: string): Record<string, () => Promise<unknown>> => {
    const { writeMany, writeInParts, writeLent, readLent, copyFrom } = storage() as Partial<Storage>;
    return {
      stat: () => storage().stat(key),
      read: () => storage().read(key),
      readMany: () => storage().readMany([key])[Symbol.asyncIterator]().next(),
      write: () => storage().write(key, body, request),
      copyTo: () => storage().copyWithin('there', key),
      copyOf: () => storage().copyWithin(key, 'other'),
      remove: () => storage().remove([key]),
      ...(writeMany && { writeMany: () => storage().writeMany!([{ key, body, ...request }]) }),
      ...(writeInParts && { writeInParts: () => storage().writeInParts!(key, part, request) }),
      ...(writeLent && {
        writeLent: () => storage().writeLent!(key, Readable.from([body]), { size: 1, sha256: '' }),
      }),
      ...(readLent && {
        readLent: async () => await storage().readLent!(key)[Symbol.asyncIterator]().next(),
      }),
      ...(copyFrom && { copyFrom: () => storage().copyFrom!(storage(), key, request) }),
    };
  };

  test.each(UNSAFE)('%j is refused in every way', async (key) => {
    await put('there', 'as it was');
    for (const [way, work] of Object.entries(ways(key)))
      expect([way, await refusalOf(work)]).toEqual([way, 'UnsafeKey']);
    expect(await keys()).toEqual(['there']);
    expect(await content('there')).toBe('as it was');
  });
}
