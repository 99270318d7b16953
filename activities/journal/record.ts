// Small JSON records in a storage: states saved before something dangerous, results that make a step once-only.

import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { ObjectNotFoundError } from '../storage/errors.ts';
import type { Storage } from '../storage/storage.ts';

/** undefined: there is no such object. The shape is the caller's promise: it wrote it. */
export async function readJson<T>(storage: Storage, key: string): Promise<T | undefined> {
  try {
    return JSON.parse(await text(await storage.read(key))) as T;
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  }
}

export async function writeJson(storage: Storage, key: string, value: unknown): Promise<void> {
  await writeText(storage, key, `${JSON.stringify(value, null, 2)}\n`);
}

export async function writeText(storage: Storage, key: string, content: string): Promise<{ sha256: string }> {
  const body = Buffer.from(content);
  const sha256 = createHash('sha256').update(body).digest('hex');
  await storage.write(key, body, { size: body.length, sha256 });
  return { sha256 };
}
