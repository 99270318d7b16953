// Writes what nobody knows the size of before its end: a storage wants size and digest before the first byte, so it goes to a
// temporary file of this machine first. Never anything secret in clear.

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Storage, WriteOptions } from './storage.ts';

/** Lower-case hex. */
export type WrittenFile = { bytes: number; sha256: string };

export async function writeByDisk(
  storage: Storage,
  key: string,
  content: AsyncIterable<Buffer>,
  options: WriteOptions = {},
): Promise<WrittenFile> {
  const folder = await mkdtemp(join(tmpdir(), 'transship-list-'));
  try {
    const path = join(folder, 'content');
    const hash = createHash('sha256');
    let size = 0;
    const measured = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of content) {
        hash.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    };
    await pipeline(measured, createWriteStream(path, { mode: 0o600 }), { signal: options.signal });
    const sha256 = hash.digest('hex');
    const part = async (start: number, length: number) =>
      createReadStream(path, { start, end: start + length - 1 });
    if (size > storage.limits.parts && storage.writeInParts !== undefined)
      await storage.writeInParts(key, part, { size, sha256 }, options);
    else await storage.write(key, createReadStream(path), { size, sha256 }, options);
    return { bytes: size, sha256 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
