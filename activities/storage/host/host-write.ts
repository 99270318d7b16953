// Writes one object to a directory on a host as a stream. The host hashes what has arrived where it lies, and moves into place only what it must
// be; here only the size is watched, so that a broken source is not taken for an end.

import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandEndedError } from '../../hosts/command-input.ts';
import { measureBody, readableOf } from '../bytes/measured-body.ts';
import { DamagedObjectError } from '../errors.ts';
import type { WriteOptions, WriteRequest } from '../storage.ts';
import { type HostDirectory, noticed, seenMoving } from './host-directory.ts';
import { endingUnderLease } from './under-lease.ts';
import { WRITE, WRONG_BYTES } from './host-scripts.ts';

/** Returns the SHA-256 of the object. */
export async function writeToDirectory(
  directory: HostDirectory,
  key: string,
  body: Readable | Buffer,
  request: WriteRequest,
  options: WriteOptions,
): Promise<string> {
  const source = readableOf(body);
  await directory.swept();
  const measured = measureBody(key, request, { hash: [] });
  const args = [directory.staging, key, randomUUID(), String(request.size), request.sha256 ?? ''];
  const command = await directory.stream(WRITE, args, options);
  let answer = '';
  command.stdout.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1');
  });
  command.stdout.on('error', () => undefined);
  try {
    const { lease, signal } = options;
    const last = async function* (bytes: AsyncIterable<Buffer>) {
      if (lease === undefined) yield* bytes;
      else yield* endingUnderLease(bytes, 1, lease);
    };
    await pipeline(source, measured.stream, last, command.stdin, signal === undefined ? {} : { signal });
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    // Either the source broke, or the host refused before it had read everything; then its status says why.
    if (!(error instanceof CommandEndedError)) {
      await noticed(command.done);
      throw error;
    }
  }
  const { status, stderr } = await seenMoving(command.done, options);
  if (status === WRONG_BYTES) throw new DamagedObjectError(key, `has ${answer.trim()}`);
  if (status !== 0) throw directory.failure(status, stderr);
  return answer.trim();
}
