// Copies many small objects: read many at once, and where the destination can, written many at once. One that cannot be
// read or is refused is found by going one by one, so that it does not hold back the others.

import { buffer } from 'node:stream/consumers';
import { fixedContent } from '../../domain/storage/content-address.ts';
import { copyByServer } from './copy-by-server.ts';
import { copyObject } from './copy-object.ts';
import { fixedSha256, sha256OfBuffer } from './fixed-sha256.ts';
import { forEachBounded } from '../concurrency/for-each-bounded.ts';
import type { Pace } from './pace/pace.ts';
import { statOf } from './read-source.ts';
import type { Destination, Storage } from '../storage/storage.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import type { WorkItem, WorkResult } from './work-list.ts';

/** Objects of one work list that are in memory at once. Over all work lists of a worker `Pace` sets the limit. */
const IN_FLIGHT = 24;
/** Bytes of objects that are written at once. */
const GROUP_BYTES = 8 * 1024 ** 2;

type SmallObject = { key: string; size: number; body: Buffer };

/** `finish` is told of every item. Throws when the source or the destination as a whole fails. */
export async function copySmall(
  source: Storage,
  destination: Destination,
  items: WorkItem[],
  finish: (result: WorkResult) => void,
  meter: Meter,
  pace: Pace,
): Promise<void> {
  if (items.length === 0) return;
  const { signal } = meter;
  const finished = new Set<string>();
  const done = (result: WorkResult): void => {
    finished.add(result.key);
    finish(result);
  };
  const left = (): WorkItem[] => items.filter(({ key }) => !finished.has(key));
  const copy = async (object: { key: string; size: number; body?: Buffer }): Promise<void> =>
    done(await pace.inTurn(() => copyObject(source, destination, object, meter, { pace }), signal));

  if (destination.copyFrom !== undefined) {
    await forEachBounded(items, IN_FLIGHT, async (item) => {
      const copied = await pace.inTurn(() => copyByServer(source, destination, item, meter, pace), signal);
      if (copied !== undefined) done(copied);
    });
  }

  const reading = readBodies(source, left(), meter, pace);
  try {
    if (destination.writeMany === undefined) await forEachBounded(reading.bodies, IN_FLIGHT, copy);
    else {
      for await (const group of groups(reading.bodies)) {
        try {
          const written = await pace.inTurn(() => writeGroup(destination, group, meter), signal);
          for (const result of written) done(result);
        } catch {
          signal.throwIfAborted();
          // One by one, to find the one that is refused.
          await forEachBounded(group, IN_FLIGHT, copy);
        }
      }
    }
    for (const { key } of left()) done({ key, vanished: true });
  } catch (error) {
    if (!reading.failed || signal.aborted) throw error;
    // One by one, to find the one that cannot be read.
    await forEachBounded(left(), IN_FLIGHT, ({ key, size }) => copy({ key, size }));
  }
}

function readBodies(source: Storage, items: WorkItem[], meter: Meter, pace: Pace) {
  const { signal } = meter;
  const reading = { failed: false, bodies: bodies() };
  return reading;

  async function* bodies(): AsyncGenerator<SmallObject> {
    if (items.length === 0) return;
    // Held back until all is read: tar gives zeros for what it could not read, and tells of it at the end.
    const unproved: SmallObject[] = [];
    const sizes = new Map(items.map(({ key, size }) => [key, size]));
    try {
      for await (const { key, body } of source.readMany([...sizes.keys()], { signal })) {
        const bytes = await buffer(body);
        // An object can have grown since it was listed; then it has this length now, too.
        if (bytes.length !== sizes.get(key) && (await statOf(source, key, signal))?.size !== bytes.length) {
          throw new Error(`${key} was not read in its length`);
        }
        const wait = pace.spend(bytes.length, signal);
        if (wait !== undefined) await meter.patiently(wait);
        const object = { key, size: bytes.length, body: bytes };
        if (fixedContent(key) === undefined) unproved.push(object);
        else yield object;
      }
    } catch (error) {
      reading.failed = true;
      throw error;
    }
    yield* unproved;
  }
}

async function* groups(objects: AsyncIterable<SmallObject>): AsyncGenerator<SmallObject[]> {
  let group: SmallObject[] = [];
  let bytes = 0;
  for await (const object of objects) {
    group.push(object);
    bytes += object.size;
    if (bytes < GROUP_BYTES) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}

async function writeGroup(
  destination: Destination,
  group: SmallObject[],
  meter: Meter,
): Promise<WorkResult[]> {
  const items = group.map(({ key, size, body }) => ({
    key,
    size,
    body,
    sha256: fixedSha256(key) ?? sha256OfBuffer(body),
  }));
  const written = await destination.writeMany!(items, {
    signal: meter.signal,
    moved: () => meter.moved(),
  });
  return group.map(({ key, size }, index) => ({ key, size, ...written[index]! }));
}
