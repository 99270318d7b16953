// Reads a metadata backup to its end and says what is in it (dtr-msr.md §2.2). The documents offer only `tar -t`; a
// truncated archive, one of another version, without the tables that matter or with less in them than the registry serves
// must never be restored, and neither one with a schedule of collection, which would run before anything was verified.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import type { BackupContent } from '../../../contracts/registry-activities.ts';
import { TransshipError } from '../../../domain/transship-error.ts';

export type ArchiveFacts = { sha256: string; bytes: number; rows: Record<string, number> };

const ROOT = /^dtr-backup-v(\d+\.\d+\.\d+)(?:-\w+)?\//;
const ROW = /^[^/]+\/rethink\/([^/]+)\/(?:\d+)?$/;
/** Without these a restored registry would have no images, no settings or no way in. */
const MANDATORY_TABLES = ['properties', 'repositories', 'tags', 'manifests', 'blobs', 'blob_links', 'crons'];
/** In a row of `crons`, whatever else its format is. */
const COLLECTION = /"action"\s*:\s*"((?:online)?gc\w*)"/;
/** Two blocks of zeros end a tar archive; an archive without them was cut off. */
const END_OF_ARCHIVE_BYTES = 1024;

/** `BackupInvalid` names everything that is wrong with the archive. */
export async function readMetadataArchive(
  archive: Readable,
  version: string,
  holding: BackupContent | null = null,
): Promise<ArchiveFacts> {
  let facts: ArchiveFacts | undefined;
  const checked = checkedArchive(archive, version, holding, (found) => (facts = found));
  while ((await checked.next()).done !== true);
  return facts!;
}

/**
 * Passes the archive on while it reads it. It ends only when all is well, and calls `found` before; else it fails with
 * `BackupInvalid`, so that nobody takes what came before for an archive.
 */
export async function* checkedArchive(
  archive: Readable,
  version: string,
  holding: BackupContent | null,
  found: (facts: ArchiveFacts) => void,
): AsyncGenerator<Buffer> {
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
    const cron: Buffer[] = [];
    if (table === 'crons') body.on('data', (chunk) => cron.push(chunk as Buffer));
    body.on('end', () => {
      const schedule = COLLECTION.exec(Buffer.concat(cron).toString('latin1'))?.[1];
      if (schedule !== undefined)
        mistakes.add(`it holds the schedule of ${schedule}, which would come back with it`);
      next();
    });
    // A cut-off archive fails its open entry as well; the pipeline reports it.
    body.on('error', () => undefined);
    body.resume();
  });
  const feed = new PassThrough();
  const parsed = pipeline(feed, parser).then(
    () => undefined,
    (error: Error) => error,
  );
  try {
    for await (const chunk of archive as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
      tail = Buffer.concat([tail, chunk]).subarray(-END_OF_ARCHIVE_BYTES);
      if (!feed.write(chunk)) await Promise.race([once(feed, 'drain').catch(() => undefined), parsed]);
      if (feed.destroyed) break;
      yield chunk;
    }
    feed.end();
    const problem = await parsed;
    if (problem !== undefined) mistakes.add(`it is no whole tar archive: ${problem.message}`);
  } finally {
    feed.destroy();
  }
  if (tail.length < END_OF_ARCHIVE_BYTES || tail.some((byte) => byte !== 0))
    mistakes.add('its end is missing');
  for (const table of MANDATORY_TABLES)
    if (rows[table] === undefined) mistakes.add(`table ${table} is missing`);
  if (rows['properties'] === 0) mistakes.add('table properties is empty');
  if (holding !== null) for (const mistake of lackingIn(rows, holding)) mistakes.add(mistake);
  if (mistakes.size > 0)
    throw new TransshipError(
      'BackupInvalid',
      `The metadata backup cannot be used: ${[...mistakes].join('; ')}.`,
      {
        mistakes: [...mistakes].slice(0, 10),
      },
    );
  found({ sha256: hash.digest('hex'), bytes, rows });
}

/** More is no mistake: the registry may keep what no tag leads to. */
function lackingIn(rows: Record<string, number>, holding: BackupContent): string[] {
  const { links, ...tables } = holding;
  const least: Record<string, number> = { ...tables, blob_links: links };
  return Object.entries(least)
    .filter(([table, wanted]) => (rows[table] ?? 0) < wanted)
    .map(
      ([table, wanted]) => `table ${table} has ${rows[table] ?? 0} rows, and the registry serves ${wanted}`,
    );
}
