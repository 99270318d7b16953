// Copies one storage to another in this process, with the passes, work lists and proofs of a migration. What is done is in
// the journal, so that a copy that was interrupted goes on where it stopped: its `copy-state` says at which pass it is.

import type { PassList } from '../../contracts/storage-activities.ts';
import type { CopyDetails, CopyOutcome, DamagedObject } from '../../contracts/storage.ts';
import { addShardResult, emptyShardResult } from '../../domain/migration/shard-result.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { endClaim } from './claim.ts';
import { claimDestination, requireNoFinalDelta } from './claim-destination.ts';
import { copyShard, type CopyShardDetails } from './copy-shard.ts';
import { forEachBounded } from '../concurrency/for-each-bounded.ts';
import { fileOf, jobFolder, type LinesFile } from '../journal/keys.ts';
import { readRecord, writeRecord } from '../journal/record.ts';
import type { Pace } from './pace/pace.ts';
import { planPass } from './plan-pass.ts';
import type { Storage } from '../storage/storage.ts';
import { damagedIn } from './work-list.ts';

/** The pace says how many objects are in flight; work lists only have to be enough for it. */
const SHARDS_IN_FLIGHT = 6;
const EXAMPLES = 5;
/** So many further passes for what goes away while it is copied. */
const MAX_LOOKS = 2;

type Sides = { journal: Storage; source: Storage; destination: Storage };
/** `removeAny`: however many. */
type Request = { source: string; destination: string; remove: boolean; removeAny?: boolean };
type State = { pass: number; remove: boolean; finished: boolean };

/** `DestinationNotEmpty` unless the destination is empty or was filled from this source. `remove`: what only it has. */
export async function copyStorage(
  sides: Sides,
  request: Request,
  meter: Meter,
  pace: Pace,
): Promise<CopyOutcome> {
  const { journal } = sides;
  const { source, destination } = request;
  const job = jobFolder('copy', { source, destination });
  await requireNoFinalDelta(sides, destination, meter);
  const state = await readRecord<State>(journal, fileOf('copy-state', { job }));
  await claimDestination(sides, { job, source, destination }, meter, { mayGoBack: false });
  try {
    return await copyClaimed(sides, { ...request, job, state }, meter, pace);
  } finally {
    // Also where it failed: nobody writes there then. What is killed leaves its claim, and takes it up again.
    await endClaim(journal, { job, destination }).catch(() => undefined);
  }
}

async function copyClaimed(
  sides: Sides,
  {
    job,
    source,
    destination,
    remove,
    removeAny = false,
    state,
  }: Request & { job: string; state: State | undefined },
  meter: Meter,
  pace: Pace,
): Promise<CopyOutcome> {
  const { journal } = sides;
  const stateFile = fileOf('copy-state', { job });
  const interrupted = state !== undefined && !state.finished && state.remove === remove;
  let pass = interrupted ? state.pass : (state?.pass ?? 0) + 1;
  const outcome: CopyOutcome = {
    source: sides.source.describe,
    destination: sides.destination.describe,
    sourceObjects: 0,
    sourceBytes: 0,
    resumed: interrupted,
    ...emptyShardResult(),
    examples: [],
    folder: job,
  };
  let looks = 0;
  for (;;) {
    await writeRecord(journal, stateFile, { pass, remove, finished: false } satisfies State);
    const of = { job, pass, source, destination };
    // Of the last pass only: what is damaged stays in the difference.
    Object.assign(outcome, { damaged: 0, vanished: 0, examples: [] });
    const list = await runPass(sides, { ...of, final: remove, removeAny }, outcome, meter, pace).catch(
      (error) => {
        // The source has something again that the interrupted pass was to remove; the next pass knows.
        const outdated = error instanceof TransshipError && error.type === 'SourceUnstable';
        if (interrupted && pass === state.pass && outdated) return null;
        throw error;
      },
    );
    if (list?.sourceObjects === 0 && outcome.sourceObjects > 0)
      throw new TransshipError(
        'SourceUnstable',
        `${sides.source.describe} lists nothing any more; it had ${outcome.sourceObjects} objects a moment ago`,
      );
    if (list !== null)
      Object.assign(outcome, { sourceObjects: list.sourceObjects, sourceBytes: list.sourceBytes });
    await writeRecord(journal, stateFile, { pass, remove, finished: true } satisfies State);
    // A pass that was planned before the interruption knows nothing of what changed since then. What was gone when it was
    // to be copied is looked for once more: the next listing tells whether it was removed.
    const isOutdated = interrupted && pass === state.pass;
    const looksAgain = outcome.vanished > 0 && looks < MAX_LOOKS;
    if (!isOutdated && !looksAgain) return outcome;
    if (!isOutdated) looks += 1;
    pass += 1;
  }
}

type Pass = {
  job: string;
  pass: number;
  source: string;
  destination: string;
  final: boolean;
  removeAny: boolean;
};

async function runPass(
  sides: Sides,
  request: Pass,
  outcome: CopyOutcome,
  meter: Meter,
  pace: Pace,
): Promise<PassList> {
  const { pass } = request;
  const tell = (list: PassList | null, doneObjects: number, doneBytes: number): void =>
    meter.moved({ pass, list, doneObjects, doneBytes } satisfies CopyDetails);
  tell(null, 0, 0);
  // The details of one activity are not those of another.
  const quiet: Meter = { ...meter, moved: () => meter.moved() };
  const list = await planPass(sides, request, quiet, pace);
  const done = new Map<number, { objects: number; bytes: number }>();
  const tellSum = (shard: number, objects: number, bytes: number): void => {
    done.set(shard, { objects, bytes });
    const all = [...done.values()];
    tell(list, sum(all.map((one) => one.objects)), sum(all.map((one) => one.bytes)));
  };
  tell(list, 0, 0);
  await forEachBounded(Array(list.shards).keys(), SHARDS_IN_FLIGHT, async (shard) => {
    const own: Meter = {
      ...meter,
      moved(details) {
        const told = details as CopyShardDetails | undefined;
        if (told === undefined) meter.moved();
        else tellSum(shard, told.done, told.bytes);
      },
    };
    const result = await copyShard(sides, { ...request, shard }, own, pace);
    addShardResult(outcome, result);
    if (result.damaged > 0)
      await addExamples(sides.journal, fileOf('result', { ...request, shard }), outcome.examples);
  });
  return list;
}

async function addExamples(journal: Storage, results: LinesFile, examples: DamagedObject[]): Promise<void> {
  for await (const { key, damaged } of damagedIn(journal, results))
    if (examples.length < EXAMPLES) examples.push({ key, ...damaged });
}

const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);
