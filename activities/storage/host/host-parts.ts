// The parts of a large object on a host: a command for each, and one by which the host hashes all of it at the end.

import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandEndedError } from '../../hosts/command-input.ts';
import { type HostDirectory, noticed } from './host-directory.ts';
import { ENTER, FINISH, INTO, PLACE, SHA256 } from './host-scripts.ts';
import { measureBody, readableOf } from '../bytes/measured-body.ts';
import { type Part, type StagedParts, writeStagedParts } from '../bytes/staged-parts.ts';
import type { UploadState, WriteInPartsOptions, WriteRequest } from '../storage.ts';

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
  const { staging } = directory;
  const size = String(request.size);
  const run = (script: string, args: string[]): Promise<string> => directory.make(key, script, args, options);
  const staged: StagedParts = {
    async whole({ upload, partBytes }) {
      const numbers = await run(WHOLE_PARTS, [staging, upload, String(partBytes), size]);
      return numbers.split('\n').flatMap((line) => (line === '' ? [] : [Number(line)]));
    },
    send: (state, part, body) => sendPart(directory, key, state, part, body, options.signal),
    join: async ({ upload }) => (await run(JOIN, [staging, upload, key, size, request.sha256 ?? ''])).trim(),
    async discard(upload) {
      await run(DISCARD, [staging, upload]);
    },
  };
  return await writeStagedParts(staged, read, request, options);
}

async function sendPart(
  directory: HostDirectory,
  key: string,
  { upload }: UploadState,
  { number, offset, length }: Part,
  body: Readable,
  signal: AbortSignal | undefined,
): Promise<void> {
  const source = readableOf(body);
  const measured = measureBody(key, { size: length }, { hash: [] });
  const args = [directory.staging, upload, String(number), String(offset), String(length)];
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
