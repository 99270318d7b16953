// A large object sent to a host in parts, so that a killed copy goes on where it stopped. The parts are written at their
// offsets into one file of the staging folder; which are whole stands beside it. The host hashes all of it at the end.

import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandEndedError } from '../../hosts/command-input.ts';
import { DamagedObjectError } from '../errors.ts';
import { type HostDirectory, noticed } from './host-directory.ts';
import { ENTER, FINISH, INTO, PLACE, SHA256 } from './host-scripts.ts';
import { measureBody, readableOf } from '../bytes/measured-body.ts';
import type { UploadState, WriteInPartsOptions, WriteRequest } from '../storage.ts';

const SMALLEST_PART_BYTES = 16 * 1024 * 1024;
const LARGEST_PART_BYTES = 256 * 1024 * 1024;
const PARTS = 64;
/** One is sent while the host still syncs the one before. */
const PARTS_IN_FLIGHT = 2;
const UPLOAD_NAME = /^parts-[0-9a-f-]{36}$/;

/**
 * $2 staging folder, $3 upload, $4 bytes of a part, $5 size. Prints the numbers of the parts that are whole. A file that
 * is gone or too short for them is not the one that they were written to: it was moved into place, or lost.
 */
const WHOLE_PARTS = `${ENTER}
file="./$2/$3"
[ -f "$file.whole" ] || exit 0
found=$(stat -c %s -- "$file" 2>/dev/null) || found=0
last=$(sort -n -- "$file.whole" | tail -n 1)
end=$(((\${last:-0} + 1) * $4)); [ "$end" -le "$5" ] || end=$5
if [ "$found" -lt "$end" ]; then rm -f -- "$file.whole"; else cat -- "$file.whole"; fi`;

/** $2 staging folder, $3 upload, $4 number, $5 offset, $6 length. The part ends with a line that says it is whole. */
const PART = `${ENTER}; ${INTO}
into_staging "$2"
dd of="./$3" bs=1M seek="$5" count="$6" oflag=seek_bytes iflag=count_bytes,fullblock conv=notrunc status=none || exit 1
IFS= read -r end && [ "$end" = whole ] || exit 1
sync -- "./$3" && echo "$4" >> "./$3.whole"`;

/** $2 staging folder, $3 upload, $4 key, $5 size, $6 digest or nothing. Prints the digest of what was written. */
const JOIN = `${ENTER}; ${SHA256}; ${PLACE}; ${FINISH}
sync=each file="./$2/$3" target=$4 size=$5 digest=$6
finish; rm -f -- "./$2/$3.whole"`;

/** $2 staging folder, $3 upload. */
const DISCARD = `${ENTER}; rm -f -- "./$2/$3" "./$2/$3.whole"`;

/** Returns the SHA-256 of the object. Damaged bytes leave nothing behind; any other failure leaves the whole parts. */
export async function writeInParts(
  directory: HostDirectory,
  key: string,
  read: (offset: number, length: number) => Promise<Readable>,
  request: WriteRequest,
  options: WriteInPartsOptions,
): Promise<string> {
  const { signal, moved, resume, begun } = options;
  const { staging } = directory;
  const run = (script: string, args: string[]): Promise<string> => directory.make(key, script, args, options);
  const earlier = resume !== undefined && UPLOAD_NAME.test(resume.upload) ? resume : undefined;
  // Only a digest tells whether the parts of an earlier attempt are still what the source has.
  const goesOn = earlier !== undefined && request.sha256 !== undefined;
  const state = goesOn ? earlier : { upload: `parts-${randomUUID()}`, partBytes: partBytesFor(request.size) };
  const whole = new Set<string>();
  if (goesOn) {
    const args = [staging, state.upload, String(state.partBytes), String(request.size)];
    for (const part of (await run(WHOLE_PARTS, args)).split('\n')) whole.add(part);
  } else if (earlier !== undefined) await run(DISCARD, [staging, earlier.upload]);
  begun?.(state);

  const parts: number[] = [];
  for (let part = 0; part * state.partBytes < request.size; part += 1) {
    if (!whole.has(String(part))) parts.push(part);
  }
  const sendNext = async (): Promise<void> => {
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      signal?.throwIfAborted();
      const offset = part * state.partBytes;
      const length = Math.min(state.partBytes, request.size - offset);
      await sendPart(
        directory,
        key,
        state,
        part,
        { offset, length, body: await read(offset, length) },
        signal,
      );
      moved?.();
    }
  };
  try {
    const sending = await Promise.allSettled(Array.from({ length: PARTS_IN_FLIGHT }, sendNext));
    for (const sent of sending) if (sent.status === 'rejected') throw sent.reason;
    const args = [staging, state.upload, key, String(request.size), request.sha256 ?? ''];
    return (await run(JOIN, args)).trim();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof DamagedObjectError) await run(DISCARD, [staging, state.upload]);
    throw error;
  }
}

async function sendPart(
  directory: HostDirectory,
  key: string,
  { upload }: UploadState,
  part: number,
  { offset, length, body }: { offset: number; length: number; body: Readable },
  signal: AbortSignal | undefined,
): Promise<void> {
  const source = readableOf(body);
  const measured = measureBody(key, { size: length }, { hash: [] });
  const args = [directory.staging, upload, String(part), String(offset), String(length)];
  const options = signal === undefined ? {} : { signal };
  const command = await directory.stream(PART, args, options);
  command.stdout.resume();
  try {
    await pipeline(source, measured.stream, command.stdin, { ...options, end: false });
    command.stdin.end('whole\n');
  } catch (error) {
    command.stdin.destroy();
    if (signal?.aborted) throw signal.reason;
    if (!(error instanceof CommandEndedError)) {
      await noticed(command.done);
      throw error;
    }
  }
  const { status, stderr } = await command.done;
  if (status !== 0) throw directory.failure(status, stderr);
}

function partBytesFor(size: number): number {
  return Math.min(LARGEST_PART_BYTES, Math.max(SMALLEST_PART_BYTES, Math.ceil(size / PARTS)));
}
