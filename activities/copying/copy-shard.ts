// Carries out one work list. What became of each object is in the journal soon after, so that an attempt that follows a
// killed one goes on behind it; doing something again does no harm.
//
// A damaged object of the source is written down and never written to the destination, whatever is there. The
// others go on.

import type { ShardResult, StorageActivities } from '../../contracts/storage-activities.ts';
import { emptyShardResult } from '../../domain/migration/shard-result.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { copyObject, isInParts } from './copy-object.ts';
import { copySmall } from './copy-small.ts';
import { forEachBounded } from '../concurrency/for-each-bounded.ts';
import { noteWrite } from './last-write.ts';
import { leased, leaseOf } from './lease.ts';
import { onceMoreIfRefused } from './once-more-if-refused.ts';
import { type Pace, UNPACED } from './pace/pace.ts';
import { removeVanished, requireThere } from './remove-vanished.ts';
import { flawOfKey } from '../storage/safe-keys.ts';
import type { Storage } from '../storage/storage.ts';
import { forHeartbeat, type Uploads, uploadsOf } from './uploads.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { fileOf } from '../journal/keys.ts';
import { readList, writeLines } from '../journal/lines.ts';
import type { WorkItem, WorkResult } from './work-list.ts';

/** The results are written down again when so much more is done. */
const RECORD_OBJECTS = 100;
const RECORD_BYTES = 256 * 1024 ** 2;
/** Objects up to this size are read many at once and kept in memory while they are written. */
const COPIED_TOGETHER_BYTES = 1024 ** 2;
/** Of one work list; for all work lists together the pace has its own limit. */
const LARGE_IN_FLIGHT = 4;

/** In the place of the digest that it should have. */
const COPYABLE = 'an object that can be copied';

type Sides = { journal: Storage; source: Storage; destination: Storage };
type Request = Omit<Parameters<StorageActivities['copyShard']>[0], 'yieldTo'>;

/** Details of the heartbeat: how much is done, for people, and the `uploads` that the next attempt goes on with. */
export type CopyShardDetails = { v: 2; done: number; of: number; bytes: number; uploads: Uploads };

export async function copyShard(
  sides: Sides,
  request: Request,
  meter: Meter,
  pace: Pace = UNPACED,
): Promise<ShardResult> {
  return await onceMoreIfRefused({ ...sides }, meter, () => carryOut(sides, request, meter, pace));
}

async function carryOut(sides: Sides, request: Request, meter: Meter, pace: Pace): Promise<ShardResult> {
  const { journal, source } = sides;
  const { signal } = meter;
  const lease = leaseOf(sides, request, meter);
  await lease();
  const destination = leased(sides.destination, lease);
  const workFile = fileOf('work', request);
  const resultFile = fileOf('result', request);
  const work = await readList<WorkItem>(journal, workFile, { signal });
  if (work === undefined) {
    throw new TransshipError('StorageUnavailable', `no work list ${workFile.key} in the journal`);
  }
  const results = (await readList<WorkResult>(journal, resultFile, { signal }).catch(noneIfDamaged)) ?? [];
  const finished = new Set(results.map(({ key }) => key));
  const uploads = uploadsOf(meter.previous);
  const beat = (): void => {
    const { copiedBytes } = summarize(results);
    const details: CopyShardDetails = {
      v: 2,
      done: results.length,
      of: work.length,
      bytes: copiedBytes,
      uploads: forHeartbeat(uploads),
    };
    meter.moved(details);
  };
  let unrecorded = { objects: 0, bytes: 0 };
  let recording = Promise.resolve();
  const record = async (): Promise<void> => {
    unrecorded = { objects: 0, bytes: 0 };
    // One write that failed is made good by the next.
    recording = recording.catch(() => undefined).then(() => writeLines(journal, resultFile, results));
    await recording;
    beat();
  };
  // Not written down before it is known that the source is still there: else all of it would be taken for removed.
  const vanished: WorkResult[] = [];
  const finish = (result: WorkResult): void => {
    uploads.delete(result.key);
    meter.moved();
    if ('vanished' in result) {
      vanished.push(result);
      return;
    }
    results.push(result);
    unrecorded.objects += 1;
    unrecorded.bytes += 'proof' in result ? result.size : 0;
    // Beside the copying; a journal that fails is found at the end.
    if (unrecorded.objects >= RECORD_OBJECTS || unrecorded.bytes >= RECORD_BYTES)
      record().catch(() => undefined);
  };
  const copyLarge = async ({ key, size }: WorkItem): Promise<void> => {
    const begun = (state: { upload: string; partBytes: number }): void => {
      uploads.set(key, state);
      beat();
    };
    finish(
      await pace.inTurn(
        () =>
          copyObject(source, destination, { key, size }, meter, { pace, resume: uploads.get(key), begun }),
        signal,
        { inParts: isInParts(destination, size) },
      ),
    );
  };

  const left = work.filter(({ key }) => !finished.has(key));
  // Asked again: what is planned can lie in the journal for days, and others may write there.
  const flawOf = ({ key, flaw }: WorkItem): string | undefined =>
    flaw ?? flawOfKey(source, key) ?? destination.unfit?.(key);
  const copies = left.filter((item) => item.op === 'copy' && flawOf(item) === undefined);
  try {
    for (const item of left) {
      const actual = item.op === 'copy' ? flawOf(item) : undefined;
      const { key, size } = item;
      if (actual !== undefined) finish({ key, size, damaged: { expected: COPYABLE, actual } });
    }
    const small = copies.filter(({ size }) => size <= COPIED_TOGETHER_BYTES);
    await copySmall(source, destination, small, finish, meter, pace);
    const large = copies.filter(({ size }) => size > COPIED_TOGETHER_BYTES);
    await forEachBounded(large, LARGE_IN_FLIGHT, copyLarge);
    if (vanished[0] !== undefined) await requireThere(source, vanished[0].key, meter);
    results.push(...vanished);
    const gone = left.filter(({ op }) => op === 'remove').map(({ key }) => key);
    await removeVanished(source, destination, gone, meter);
    for (const key of gone) finish({ key, removed: true });
  } catch (error) {
    // What is done is not done again by the next attempt, where the journal can still be written. No write of this
    // attempt may come after those of the next.
    await (signal.aborted ? recording : record()).catch(() => undefined);
    await noteWrite(journal, request);
    throw error;
  }
  await noteWrite(journal, request);
  await record();
  return summarize(results);
}

/** Without results the work is done again, which does no harm. */
function noneIfDamaged(error: unknown): undefined {
  if (!(error instanceof TransshipError) || error.type !== 'JournalDamaged') throw error;
}

function summarize(results: WorkResult[]): ShardResult {
  const sum = emptyShardResult();
  for (const result of results) {
    if ('proof' in result) {
      sum.copiedObjects += 1;
      sum.copiedBytes += result.size;
      sum.proofs[result.proof] = (sum.proofs[result.proof] ?? 0) + 1;
    } else if ('damaged' in result) sum.damaged += 1;
    else if ('vanished' in result) sum.vanished += 1;
    else sum.removedObjects += 1;
  }
  return sum;
}
