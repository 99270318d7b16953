// Lists of any length in the journal, as NDJSON. A list is written to a temporary file first, because a storage wants
// to know size and digest before the first byte.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import type { Storage } from '../storage/storage.ts';

export async function* readLines<T>(journal: Storage, key: string): AsyncGenerator<T> {
  const body: Readable = await journal.read(key);
  try {
    for await (const line of createInterface({ input: body, crlfDelay: Number.POSITIVE_INFINITY }))
      if (line !== '') yield JSON.parse(line) as T;
  } finally {
    body.destroy();
  }
}

export async function writeLines(journal: Storage, key: string, rows: AsyncIterable<unknown>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'transship-list-'));
  try {
    const file = join(folder, 'list.ndjson');
    const hash = createHash('sha256');
    let size = 0;
    const output = createWriteStream(file);
    for await (const row of rows) {
      const line = Buffer.from(`${JSON.stringify(row)}\n`);
      hash.update(line);
      size += line.length;
      if (!output.write(line)) await once(output, 'drain');
    }
    output.end();
    await finished(output);
    await journal.write(key, createReadStream(file), { size, sha256: hash.digest('hex') });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
