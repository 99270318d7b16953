// Looks for damage that registries are known to have, in one listing of the storage. What only the bytes can tell is
// read as long as there is time: small objects first, because those are the links and manifests that whole images hang
// on, then large blobs in the order of their keys, which is a fair sample, because the keys are digests.
//
// Nothing is changed. An attempt that follows a killed one looks again from the start.

import type { DamageFinding, DamageReport, StorageActivities } from '../../contracts/storage-activities.ts';
import type { DamageScanDetails } from '../../contracts/storage.ts';
import { formatBytes } from '../../domain/bytes.ts';
import { fixedContent, isCopied, PROBE_FOLDER } from '../../domain/storage/content-address.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { fileOf } from '../journal/keys.ts';
import { writeLines } from '../journal/lines.ts';
import { createCollisionFinder, ignoresCase } from './case-collisions.ts';
import { type Content, contentOf } from './content-of.ts';
import { SMALL_BYTES } from '../storage/bytes/sha256-of.ts';
import { lackOfRoom, refusalOfParts } from './room-for.ts';
import { DamageScan, type Found, type Judge } from './damage-scan.ts';
import { flawOfKey } from '../storage/safe-keys.ts';
import { listObjects } from '../storage/list-objects.ts';
import type { Storage, StoredObject } from '../storage/storage.ts';

const EXAMPLES_OF_A_KIND = 5;
const READ_AT_ONCE = 1000;
/** Small blobs come before links, and may take so much of the time for reading. */
const BLOBS_SHARE = 0.5;
const DETAILS_INTERVAL_MS = 1000;
/** What a timer can be set to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const BLOBS = 'docker/registry/v2/blobs/sha256/';

type Sides = { journal: Storage; storage: Storage; destination: Storage | null };
type Request = Pick<Parameters<StorageActivities['findDamage']>[0], 'job' | 'readForMs'>;

/** `readForMs` Infinity: every blob and link is read, whose digest the storage does not tell. */
export async function findDamage(sides: Sides, request: Request, meter: Meter): Promise<DamageReport> {
  const { journal, destination } = sides;
  const file = fileOf('damage', request);
  const report: DamageReport = {
    counts: {},
    examples: [],
    proved: { objects: 0, of: 0 },
    key: file.key,
  };
  const caseless = destination !== null && (await takesCaseForOne(destination, meter.signal));
  const search = new Search(sides, request.readForMs, caseless, report, meter);
  await writeLines(journal, file, search.run());
  return report;
}

/** A destination that cannot be written to is for the check of its permissions to tell of. */
async function takesCaseForOne(destination: Storage, signal: AbortSignal): Promise<boolean> {
  try {
    return await ignoresCase(destination, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TransshipError && error.retryable) throw error;
    return false;
  }
}

/** A small object of which only the bytes tell whether it is well. */
type Question = { object: StoredObject; judge: Judge; isBlob: boolean };

class Search {
  #storage: Storage;
  #destination: Storage | null;
  #report: DamageReport;
  #meter: Meter;
  #collides: ((key: string) => string | undefined) | undefined;
  #scan = new DamageScan();
  #copiedBytes = 0;
  #copiedObjects = 0;
  /** Tried when the first object needs it. */
  #parts: Promise<string | undefined> | undefined;
  #details: DamageScanDetails = { objects: 0, bytes: 0, proved: 0, of: 0, findings: 0 };
  #toldMs = 0;
  #readForMs: number;
  #startedMs = performance.now();
  /** A meter whose signal ends when the time for reading is up. */
  #reading: Meter;
  #timeIsUp: AbortSignal;
  /** Small blobs up to this key have been read. */
  #smallReadTo = '';

  constructor(
    { storage, destination }: Sides,
    readForMs: number,
    caseless: boolean,
    report: DamageReport,
    meter: Meter,
  ) {
    this.#storage = storage;
    this.#destination = destination;
    this.#report = report;
    this.#meter = meter;
    this.#readForMs = readForMs;
    this.#collides = caseless ? createCollisionFinder() : undefined;
    this.#timeIsUp =
      readForMs > LONGEST_TIMER_MS ? new AbortController().signal : AbortSignal.timeout(readForMs);
    this.#reading = { ...meter, signal: AbortSignal.any([meter.signal, this.#timeIsUp]) };
  }

  async *run(): AsyncGenerator<DamageFinding> {
    for (const part of [this.#listed(), this.#ofAll(), this.#ofThisKind(), this.#largeBlobs()])
      for await (const found of part) yield this.#count(found);
    this.#tell();
  }

  async *#listed(): AsyncGenerator<Found> {
    let questions: Question[] = [];
    for await (const object of listObjects(this.#storage, this.#meter)) {
      if (object.key.startsWith(PROBE_FOLDER)) continue;
      this.#details.objects += 1;
      this.#details.bytes += object.size;
      this.#tellSometimes();
      if (object.flaw !== undefined) {
        const isKey = flawOfKey(this.#storage, object.key) !== undefined;
        yield { kind: isKey ? 'unsafe-key' : 'no-file', key: object.key, detail: object.flaw };
        continue;
      }
      yield* this.#ofDestination(object);
      const { findings, judge, judgedBySize, needsBytes } = this.#scan.look(object);
      yield* findings;
      if (judgedBySize || (judge !== undefined && !needsBytes)) this.#report.proved.of += 1;
      if (judgedBySize) this.#report.proved.objects += 1;
      if (judge === undefined) continue;
      if (object.sha256 !== undefined && !needsBytes) {
        yield* this.#judge({ object, sha256: object.sha256, by: 'storage' }, judge);
      } else if (object.size <= SMALL_BYTES && this.#mayRead(object)) {
        questions.push({ object, judge, isBlob: object.key.startsWith(BLOBS) });
        if (questions.length < READ_AT_ONCE) continue;
        yield* this.#read(questions);
        questions = [];
      }
    }
    yield* this.#scan.end();
    yield* this.#read(questions);
  }

  async *#ofDestination({ key, size }: StoredObject): AsyncGenerator<Found> {
    if (this.#destination === null || !isCopied(key)) return;
    this.#copiedBytes += size;
    this.#copiedObjects += 1;
    const unfit = this.#destination.unfit?.(key);
    if (unfit !== undefined)
      yield { kind: 'unsafe-key', key, detail: `${unfit} (${this.#destination.describe})` };
    const limit = this.#destination.limits.object;
    if (size > limit)
      yield {
        kind: 'too-large',
        key,
        detail: `has ${formatBytes(size)}; ${this.#destination.describe} takes ${formatBytes(limit)}`,
      };
    else if (size > this.#destination.limits.parts) {
      this.#parts ??= refusalOfParts(this.#destination, this.#meter.signal);
      const problem = await this.#parts;
      if (problem !== undefined)
        yield {
          kind: 'too-large',
          key,
          detail: `has ${formatBytes(size)} and can be written in parts only, which fails: ${problem}`,
        };
    }
    const other = this.#collides?.(key);
    if (other !== undefined)
      yield { kind: 'case-collision', key, detail: `is ${other} to ${this.#destination.describe}` };
  }

  async *#ofAll(): AsyncGenerator<Found> {
    if (this.#destination === null) return;
    const lack = await lackOfRoom(
      this.#destination,
      { objects: this.#copiedObjects, bytes: this.#copiedBytes },
      this.#meter,
    );
    if (lack !== undefined) yield { kind: 'no-space', key: 'the whole source', detail: lack };
  }

  async *#ofThisKind(): AsyncGenerator<Found> {
    const { signal } = this.#meter;
    yield* this.#storage.damage?.({ signal, moved: () => this.#meter.moved() }) ?? [];
  }

  /** A listing of its own, so that nothing about them has to be kept; only of what there is time for. */
  async *#largeBlobs(): AsyncGenerator<Found> {
    if (this.#timeIsUp.aborted || this.#readForMs === 0) return;
    yield* this.#judged(this.#leftBlobs(), true, (key) => new DamageScan().look({ key, size: 1 }).judge);
  }

  async *#leftBlobs(): AsyncGenerator<StoredObject> {
    for await (const object of listObjects(this.#storage, this.#reading, { prefix: BLOBS })) {
      const { key, size, sha256 } = object;
      const wasRead = size <= SMALL_BYTES && key <= this.#smallReadTo;
      if (size > 0 && sha256 === undefined && !wasRead && fixedContent(key) !== undefined) yield object;
    }
  }

  async *#read(questions: Question[]): AsyncGenerator<Found> {
    if (questions.length === 0 || this.#timeIsUp.aborted) return;
    const judges = new Map(questions.map(({ object, judge }) => [object.key, judge]));
    async function* objects(): AsyncGenerator<StoredObject> {
      for (const { object } of questions) yield await Promise.resolve(object);
    }
    yield* this.#judged(objects(), false, (key) => judges.get(key));
    const lastBlob = questions.findLast(({ isBlob }) => isBlob);
    if (lastBlob !== undefined && !this.#timeIsUp.aborted) this.#smallReadTo = lastBlob.object.key;
  }

  /** Ends, without an error, when the time for reading is up. */
  async *#judged(
    objects: AsyncIterable<StoredObject>,
    trust: boolean,
    judgeOf: (key: string) => Judge | undefined,
  ): AsyncGenerator<Found> {
    try {
      for await (const content of contentOf(this.#storage, objects, trust, this.#reading)) {
        const judge = judgeOf(content.object.key);
        if (judge !== undefined) yield* this.#judge(content, judge);
        this.#tellSometimes();
      }
    } catch (error) {
      if (!this.#timeIsUp.aborted || this.#meter.signal.aborted) throw error;
    }
  }

  *#judge({ object: { key }, sha256, bytes, problem }: Content, judge: Judge): Generator<Found> {
    const counts = fixedContent(key) !== undefined;
    if (problem !== undefined) yield { kind: 'wrong-bytes', key, detail: problem };
    else if (sha256 !== undefined) {
      if (counts) this.#report.proved.objects += 1;
      const finding = judge(sha256, bytes);
      if (finding !== undefined) yield finding;
    } else if (counts) this.#report.proved.of -= 1;
  }

  #mayRead({ key }: StoredObject): boolean {
    if (this.#readForMs === 0 || this.#timeIsUp.aborted) return false;
    return !key.startsWith(BLOBS) || performance.now() - this.#startedMs < this.#readForMs * BLOBS_SHARE;
  }

  #count({ objects = 1, ...finding }: Found): DamageFinding {
    const { counts, examples } = this.#report;
    counts[finding.kind] = (counts[finding.kind] ?? 0) + objects;
    if (examples.filter(({ kind }) => kind === finding.kind).length < EXAMPLES_OF_A_KIND)
      examples.push(finding);
    this.#details.findings += objects;
    return finding;
  }

  #tellSometimes(): void {
    this.#meter.moved();
    if (performance.now() - this.#toldMs >= DETAILS_INTERVAL_MS) this.#tell();
  }

  #tell(): void {
    this.#toldMs = performance.now();
    const { objects: proved, of } = this.#report.proved;
    this.#meter.moved({ ...this.#details, proved, of } satisfies DamageScanDetails);
  }
}
