// Writes a small file in one piece, as it is.

import { createHash } from 'node:crypto';
import type { Storage } from '../storage/storage.ts';
import type { JournalFile, TextFile } from './keys.ts';

export async function writeText(journal: Storage, file: TextFile, content: string): Promise<void> {
  await writeBytes(journal, file, Buffer.from(content));
}

export async function writeBytes(journal: Storage, { key }: JournalFile, body: Buffer): Promise<void> {
  const sha256 = createHash('sha256').update(body).digest('hex');
  await journal.write(key, body, { size: body.length, sha256 });
}
