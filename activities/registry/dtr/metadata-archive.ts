// Reads a metadata backup to its end and says what is in it (dtr-msr.md §2.2). The documents offer only `tar -t`; a
// truncated archive, one of another version or one without the tables that matter must never be restored.

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { TransshipError } from '../../../domain/transship-error.ts';

export type ArchiveFacts = { sha256: string; bytes: number; rows: Record<string, number> };

const ROOT = /^dtr-backup-v(\d+\.\d+\.\d+)(?:-\w+)?\//;
const ROW = /^[^/]+\/rethink\/([^/]+)\/(?:\d+)?$/;
/** Without these a restored registry would have no images, no settings or no way in. */
const MANDATORY_TABLES = ['properties', 'repositories', 'tags', 'manifests', 'blobs', 'crons'];
/** Two blocks of zeros end a tar archive; an archive without them was cut off. */
const END_OF_ARCHIVE_BYTES = 1024;

/** `BackupInvalid` names everything that is wrong with the archive. */
export async function readMetadataArchive(archive: Readable, version: string): Promise<ArchiveFacts> {
  const hash = createHash('sha256');
  let bytes = 0;
  let tail = Buffer.alloc(0);
  const rows: Record<string, number> = {};
  const mistakes = new Set<string>();

  const parser = extract();
  parser.on('entry', (header, body, next) => {
    const root = ROOT.exec(header.name);
    if (root === null) mistakes.add(`"${header.name}" does not lie under dtr-backup-v<version>/`);
    else if (root[1] !== version)
      mistakes.add(`it was made by version ${root[1]}, the registry runs ${version}`);
    const table = ROW.exec(header.name)?.[1];
    if (table !== undefined) rows[table] = (rows[table] ?? 0) + (header.type === 'file' ? 1 : 0);
    body.on('end', next);
    // A cut-off archive fails its open entry as well; the pipeline reports it.
    body.on('error', () => undefined);
    body.resume();
  });
  try {
    await pipeline(
      archive,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          bytes += chunk.length;
          tail = Buffer.concat([tail, chunk]).subarray(-END_OF_ARCHIVE_BYTES);
          yield chunk;
        }
      },
      parser,
    );
  } catch (error) {
    if (!(error instanceof Error) || !/tar|Unexpected end/i.test(error.message)) throw error;
    mistakes.add(`it is no whole tar archive: ${error.message}`);
  }
  if (tail.length < END_OF_ARCHIVE_BYTES || tail.some((byte) => byte !== 0))
    mistakes.add('its end is missing');
  for (const table of MANDATORY_TABLES)
    if (rows[table] === undefined) mistakes.add(`table ${table} is missing`);
  if (rows['properties'] === 0) mistakes.add('table properties is empty');
  if (mistakes.size > 0)
    throw new TransshipError(
      'BackupInvalid',
      `The metadata backup cannot be used: ${[...mistakes].join('; ')}.`,
      {
        mistakes: [...mistakes].slice(0, 10),
      },
    );
  return { sha256: hash.digest('hex'), bytes, rows };
}
