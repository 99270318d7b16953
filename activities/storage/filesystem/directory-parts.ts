// The parts of a large object in a directory of the worker.

import { constants } from 'node:fs';
import { appendFile, open, readFile, rm, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { measureBody, readableOf } from '../bytes/measured-body.ts';
import { type Part, type StagedParts, writeStagedParts } from '../bytes/staged-parts.ts';
import type { UploadState, WriteInPartsOptions, WriteRequest } from '../storage.ts';
import { READ_CHUNK_BYTES } from './directory-files.ts';
import { ifThere } from './directory-walk.ts';
import type { StagedDirectory } from './staged-directory.ts';

const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;

/** Returns the SHA-256 of the object, as `writeStagedParts`. */
export async function writeInParts(
  directory: StagedDirectory,
  key: string,
  read: (offset: number, length: number) => Promise<Readable>,
  request: WriteRequest,
  options: WriteInPartsOptions,
): Promise<string> {
  await directory.prepareStaging();
  const fileOf = (upload: string): string => directory.stagingPath(upload);
  const noteOf = (upload: string): string => directory.stagingPath(`${upload}.whole`);
  const staged: StagedParts = {
    whole: ({ upload, partBytes }) =>
      wholeParts(fileOf(upload), noteOf(upload), (part) => Math.min((part + 1) * partBytes, request.size)),
    async send({ upload }: UploadState, part, body) {
      await writePart(fileOf(upload), key, part, body, options.signal);
      await appendFile(noteOf(upload), `${part.number}\n`, { flush: true });
    },
    async join({ upload }) {
      const sha256 = await directory.proved(upload, key, request, options);
      await directory.place({ file: upload, key }, options.lease);
      await rm(noteOf(upload), { force: true });
      return sha256;
    },
    async discard(upload) {
      for (const path of [fileOf(upload), noteOf(upload)]) await rm(path, { force: true });
    },
  };
  return await writeStagedParts(staged, read, request, options);
}

async function wholeParts(file: string, note: string, endOf: (part: number) => number): Promise<number[]> {
  const noted = (await ifThere(readFile(note, 'latin1'))) ?? '';
  // Without its line end a number may be cut off.
  const parts = noted.split('\n').slice(0, -1).map(Number);
  const size = (await ifThere(stat(file)))?.size ?? 0;
  if (parts.every((part) => endOf(part) <= size)) return parts;
  await rm(note, { force: true });
  return [];
}

async function writePart(
  file: string,
  key: string,
  { offset, length }: Part,
  body: Readable,
  signal: AbortSignal | undefined,
): Promise<void> {
  const handle = await open(file, FLAGS, 0o666);
  await pipeline(
    readableOf(body),
    measureBody(key, { size: length }, { hash: [] }).stream,
    handle.createWriteStream({ start: offset, flush: true, highWaterMark: READ_CHUNK_BYTES }),
    signal ? { signal } : {},
  );
}
