// What the tests of the suite act on: the storage under test, and short words for what they do with it all the time.

import { buffer } from 'node:stream/consumers';
import type { Storage } from '../../../activities/storage/storage.ts';
import type { Opened } from '../kinds/opened.ts';

type Range = { offset?: number; length?: number };

export type Subject = {
  /** Bytes of an object that the kind sends in more than one part, and not many more. */
  largeBytes: number;
  /** Open while tests run, not while they are collected. */
  opened: () => Opened;
  storage: () => Storage;
  put: (key: string, bytes: Buffer | string) => Promise<unknown>;
  keys: (options?: Parameters<Storage['list']>[0]) => Promise<string[]>;
  bytes: (key: string, range?: Range) => Promise<Buffer>;
  content: (key: string, range?: Range) => Promise<string>;
};

export function subjectOf(opened: () => Opened, largeBytes: number): Subject {
  const storage = (): Storage => opened().storage;
  const bytes: Subject['bytes'] = async (key, range = {}) => await buffer(await storage().read(key, range));
  return {
    largeBytes,
    opened,
    storage,
    put: (key, body) => storage().write(key, Buffer.from(body), { size: Buffer.byteLength(body) }),
    keys: (options) => keysOf(storage(), options),
    bytes,
    content: async (key, range) => (await bytes(key, range)).toString('utf8'),
  };
}

export async function keysOf(
  storage: Storage,
  options: Parameters<Storage['list']>[0] = {},
): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of storage.list(options)) found.push(key);
  return found;
}
