// Hundreds of objects written on a host by one command: it gets a tar of their bytes, or copies them on the host, then
// syncs them at once, hashes them where they lie and moves those into place that are what they must be.

import { randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { shellQuote } from '../../../domain/shell-quote.ts';
import { CommandEndedError } from '../../hosts/command-input.ts';
import { type HostDirectory, seenMoving } from './host-directory.ts';
import { ENTER, INTO, NO_ROOT, PLACE, SHA256 } from './host-scripts.ts';
import type { WriteOptions, WriteRequest } from '../storage.ts';
import { endingUnderLease } from './under-lease.ts';

/** `body` absent: it is copied from the source folder. */
export type BatchItem = WriteRequest & { key: string; body?: Buffer };

/** The digest of what lies there now, or why nothing was written. */
export type BatchOutcome = { sha256: string } | { missing: true } | { wrong: string };

/** The entry `whole` and the two empty blocks that end a tar. */
const END_OF_ARCHIVE_BYTES = 3 * 512;
/** Objects are moved into place in shells of so many, so that their keys fit an argument list. */
const PLACED_AT_ONCE = 15;

/** $1 folder of the objects, then a number and a key for each. */
const PLACE_EACH = `${PLACE}
  sync=once from=$1; shift
  while [ $# -gt 0 ]; do
    file=$from/$1 target=$2
    [ ! -f "$file" ] || place
    shift 2
  done`;

/** $1 source folder without links, $2 where the copies go, then a number and a key for each. No link is followed. */
const COPY_EACH = `from=$1 to=$2; shift 2
  while [ $# -gt 0 ]; do
    case $2 in */*) folder=$from/\${2%/*};; *) folder=$from;; esac
    name=\${2##*/}
    if cd -P -- "$folder" 2>/dev/null && [ "$PWD" = "$folder" ] && [ -f "./$name" ] && [ ! -L "./$name" ]; then
      cp -P --reflink=auto --sparse=auto -- "./$name" "$to/$1" || exit 255
    fi
    shift 2
  done`;

/**
 * $2 staging folder, $3 unique name, $4 source folder or nothing. The tar holds `keys` (number and key, NUL-ended),
 * `sizes` and `digests` (what must be found, a line each), and the objects under their numbers. Prints digest and size
 * of each object that was found, and `whole` at its end.
 */
const BATCH = `${ENTER}; ${SHA256}; ${INTO}
batch="$2/$3"
trap 'cd -- "$1" && rm -rf -- "./$batch"' EXIT; trap 'exit 1' HUP INT TERM PIPE
into_staging "$2"
mkdir -- "./$3" "./$3/objects" && tar -C "./$3" --no-same-owner --no-same-permissions -xf - || exit 1
cd -- "$base/" || exit 1
[ -f "./$batch/whole" ] || { echo 'the archive was cut off' >&2; exit 1; }
if [ -n "$4" ]; then
  from=$(cd -P -- "$4" && pwd) || exit ${NO_ROOT}
  xargs -0 -n ${2 * PLACED_AT_ONCE} sh -c ${shellQuote(COPY_EACH)} sh "$from" "$base/$batch/objects" < "./$batch/keys" || exit 1
fi
sync -f -- "./$batch" || exit 1
cd "./$batch/objects" || exit 1
find . -type f -printf '%s *%P\\n' > ../found-sizes
: > ../found-digests
if [ -s ../found-sizes ]; then
  if command -v openssl > /dev/null; then hash='openssl dgst -sha256 -r'; else hash='sha256sum -b'; fi
  find . -type f -printf '%P\\0' | xargs -0 $hash > ../found-digests || exit 1
fi
grep -vxFf ../found-sizes ../sizes > ../wrong; [ $? -le 1 ] || exit 1
grep -vxFf ../found-digests ../digests >> ../wrong; [ $? -le 1 ] || exit 1
sed 's/.*[*]//' ../wrong > ../remove && xargs -r rm -f < ../remove || exit 1
cd -- "$1" || exit 1
export owner base
xargs -0 -n ${2 * PLACED_AT_ONCE} sh -c ${shellQuote(PLACE_EACH)} sh "./$batch/objects" < "./$batch/keys" || exit 1
sync -f -- . || exit 1
cat "./$batch/found-sizes" "./$batch/found-digests"
echo whole`;

/** `from`: the folder on this host from which objects without a body are copied. */
export async function writeBatch(
  directory: HostDirectory,
  items: BatchItem[],
  options: WriteOptions,
  from?: string,
): Promise<BatchOutcome[]> {
  await directory.swept();
  const outcomes = await seenMoving(runBatch(directory, items, options, from), options);
  options.moved?.();
  return outcomes;
}

async function runBatch(
  directory: HostDirectory,
  items: BatchItem[],
  { signal, lease }: WriteOptions,
  from = '',
): Promise<BatchOutcome[]> {
  const args = [directory.staging, randomUUID(), from];
  const command = await directory.stream(BATCH, args, signal && { signal });
  const answer: Buffer[] = [];
  command.stdout.on('data', (chunk: Buffer) => answer.push(chunk));
  command.stdout.on('error', () => undefined);
  try {
    const archive = archiveOf(items);
    const sent =
      lease === undefined
        ? archive
        : endingUnderLease(archive as AsyncIterable<Buffer>, END_OF_ARCHIVE_BYTES, lease);
    await pipeline(sent, command.stdin, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (!(error instanceof CommandEndedError)) throw error;
  }
  const { status, stderr } = await command.done;
  const lines = Buffer.concat(answer).toString('latin1').trimEnd().split('\n');
  if (status !== 0 || lines.pop() !== 'whole') throw directory.failure(status, stderr);
  const found = items.map(() => ({ size: -1, sha256: '' }));
  for (const line of lines) {
    const [value = '', name] = line.split(' *');
    const entry = found[Number(name)];
    if (entry === undefined) continue;
    if (value.length === 64) entry.sha256 = value;
    else entry.size = Number(value);
  }
  return items.map((item, at) => outcomeOf(item, found[at] as (typeof found)[number]));
}

function outcomeOf(item: BatchItem, found: { size: number; sha256: string }): BatchOutcome {
  if (found.size < 0) return { missing: true };
  if (found.size !== item.size)
    return { wrong: `has ${found.size} bytes instead of the ${item.size} announced` };
  if (item.sha256 === undefined || item.sha256 === found.sha256) return { sha256: found.sha256 };
  return { wrong: `has SHA-256 ${found.sha256} instead of ${item.sha256}` };
}

function archiveOf(items: BatchItem[]): ReturnType<typeof pack> {
  const archive = pack();
  archive.entry({ name: 'keys' }, items.map(({ key }, at) => `${at}\0${key}\0`).join(''));
  archive.entry({ name: 'sizes' }, items.map(({ size }, at) => `${size} *${at}\n`).join(''));
  const digests = items.map(({ sha256 }, at) => (sha256 === undefined ? '' : `${sha256} *${at}\n`));
  archive.entry({ name: 'digests' }, digests.join(''));
  for (const [at, { body }] of items.entries()) {
    // Its mode is what the umask of the directory leaves of this.
    if (body !== undefined) archive.entry({ name: `objects/${at}`, mode: 0o666 }, body);
  }
  archive.entry({ name: 'whole' }, '');
  archive.finalize();
  return archive;
}
