// A metadata backup that could not be restored is found before it is stored: truncated, of another version, or
// without the tables that matter.

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { expect, it } from 'vitest';
import { readMetadataArchive } from './metadata-archive.ts';
import { sha256 } from '../../../test/support/digests.ts';

const TABLES = ['properties', 'repositories', 'tags', 'manifests', 'blobs', 'blob_links', 'crons'];

async function archive(
  options: { version?: string; tables?: string[]; rows?: number; action?: string } = {},
): Promise<Buffer> {
  const { version = '2.7.9', tables = TABLES, rows = 3, action = 'license_update' } = options;
  const tar = pack();
  for (const table of tables) {
    tar.entry({ name: `dtr-backup-v${version}/rethink/${table}/`, type: 'directory' });
    for (let row = 0; row < rows; row++)
      tar.entry(
        { name: `dtr-backup-v${version}/rethink/${table}/${row}` },
        JSON.stringify({ row, action, pad: 'x'.repeat(700) }),
      );
  }
  tar.finalize();
  return buffer(tar);
}

const read = (bytes: Buffer, version = '2.7.9') => readMetadataArchive(Readable.from([bytes]), version);

it('counts the rows of every table and hashes the archive', async () => {
  const bytes = await archive();
  expect(await read(bytes)).toEqual({
    bytes: bytes.length,
    sha256: sha256(bytes),
    rows: Object.fromEntries(TABLES.map((table) => [table, 3])),
  });
});

it.each([0.1, 0.5, 0.9, 0.999])('refuses an archive cut off at %s of its length', async (part) => {
  const bytes = await archive();
  await expect(read(bytes.subarray(0, Math.floor(bytes.length * part)))).rejects.toMatchObject({
    type: 'BackupInvalid',
  });
});

it('refuses an archive of another version', async () => {
  await expect(read(await archive({ version: '2.7.8' }))).rejects.toThrow('made by version 2.7.8');
});

it('names every missing table', async () => {
  await expect(read(await archive({ tables: ['properties', 'tags'] }))).rejects.toThrow(
    /repositories is missing.*manifests is missing.*blobs is missing.*blob_links is missing.*crons is missing/,
  );
});

it('refuses what is no archive at all', async () => {
  await expect(read(Buffer.from('FATA[0000] no such replica\n'.repeat(100)))).rejects.toMatchObject({
    type: 'BackupInvalid',
  });
});

const holding = { repositories: 2, tags: 3, manifests: 3, blobs: 3, links: 3 };
const readHolding = async (bytes: Buffer, content: typeof holding) =>
  await readMetadataArchive(Readable.from([bytes]), '2.7.9', content);

it('takes an archive that holds what the registry serves, or more', async () => {
  expect((await readHolding(await archive(), holding)).rows['tags']).toBe(3);
});

it.each([
  ['repositories', 'repositories'],
  ['tags', 'tags'],
  ['manifests', 'manifests'],
  ['blobs', 'blobs'],
  ['blob_links', 'links'],
])('refuses an archive with too few %s', async (table, what) => {
  await expect(readHolding(await archive(), { ...holding, [what]: 4 })).rejects.toThrow(
    `table ${table} has 3 rows, and the registry serves 4`,
  );
});

it('refuses an archive of empty tables when the registry has images', async () => {
  const tables = TABLES.filter((table) => table !== 'properties');
  await expect(readHolding(await archive({ tables, rows: 0 }), holding)).rejects.toThrow(
    /tags has 0 rows.*blobs has 0 rows.*blob_links has 0 rows/,
  );
});

it.each(['gc', 'onlinegc', 'onlinegc_blobs'])(
  'refuses an archive that would bring %s back',
  async (action) => {
    await expect(read(await archive({ action }))).rejects.toThrow(`holds the schedule of ${action},`);
  },
);
