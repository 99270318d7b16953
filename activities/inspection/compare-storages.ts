// Compares two storages of any size: one listing of each, merged. Only what the listings leave open is looked at closer, batch
// after batch, so that memory stays flat. What comes out is in the order of the keys.

import type { Difference } from '../../contracts/storage.ts';
import { mergeListings } from '../../domain/storage/merge-listings.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { compareKeys } from '../storage/byte-order.ts';
import { type Content, contentOf } from './content-of.ts';
import { objectsToCopy } from '../storage/objects-to-copy.ts';
import { compareListed } from '../copying/different-content.ts';
import type { Storage, StoredObject } from '../storage/storage.ts';

/** Objects whose content is open are compared so many at a time; those between them wait as long. */
const COMPARE_OBJECTS = 200;
const MOST_WAITING = 5000;

type Sides = { source: Storage; destination: Storage };
type Pair = { here: StoredObject; there: StoredObject };
type Waiting = Difference | Pair;

export async function* compareStorages(
  { source, destination }: Sides,
  meter: Meter,
): AsyncGenerator<Difference> {
  let waiting: Waiting[] = [];
  let open = 0;
  const compareWaiting = async (): Promise<Difference[]> => {
    const pairs = waiting.filter((one): one is Pair => 'here' in one);
    const verdictOf = await compareBytes({ source, destination }, pairs, meter);
    const results = waiting.map((one) => ('here' in one ? verdictOf(one) : one));
    waiting = [];
    open = 0;
    return results;
  };
  const merged = mergeListings(objectsToCopy(source, meter), objectsToCopy(destination, meter), compareKeys);
  for await (const { left, right } of merged) {
    const one = fromListings({ source, destination }, left, right);
    if (open === 0 && !('here' in one)) {
      yield one;
      continue;
    }
    waiting.push(one);
    if ('here' in one) open += 1;
    if (open >= COMPARE_OBJECTS || waiting.length >= MOST_WAITING) yield* await compareWaiting();
  }
  yield* await compareWaiting();
}

function fromListings(
  sides: Sides,
  left: StoredObject | undefined,
  right: StoredObject | undefined,
): Waiting {
  for (const [storage, object] of [
    [sides.source, left],
    [sides.destination, right],
  ] as const) {
    if (object?.flaw === undefined) continue;
    const { key, size, flaw } = object;
    return { op: '!', key, size, problem: `${storage.describe}: it ${flaw}` };
  }
  if (left === undefined) {
    const { key, size } = right as StoredObject;
    return { op: '-', key, size };
  }
  const { key, size } = left;
  if (right === undefined) return { op: '+', key, size };
  const both = { key, size, sizeAtDestination: right.size };
  if (size !== right.size) return { op: '*', ...both, by: 'size' };
  const told = (['sha256', 'md5'] as const).filter(
    (kind) => left[kind] !== undefined && right[kind] !== undefined,
  );
  if (told.length > 0)
    return { op: told.every((kind) => left[kind] === right[kind]) ? '=' : '*', ...both, by: 'digest' };
  const verdict = compareListed(left, right, { named: true, writtenOnce: false });
  if (verdict === 'open') return { here: left, there: right };
  if (verdict === 'different') return { op: '*', ...both, by: 'digest' };
  return { op: '=', ...both, by: right.sha256 === undefined ? 'name' : 'digest' };
}

async function compareBytes(sides: Sides, pairs: Pair[], meter: Meter): Promise<(pair: Pair) => Difference> {
  const [here, there] = await Promise.all([
    contents(
      sides.source,
      pairs.map((pair) => pair.here),
      meter,
    ),
    contents(
      sides.destination,
      pairs.map((pair) => pair.there),
      meter,
    ),
  ]);
  return (pair) => {
    const { key } = pair.here;
    const [left, right] = [here.get(key) as Content, there.get(key) as Content];
    const size = left.object.size;
    const problem = left.problem ?? right.problem;
    if (problem !== undefined) {
      const side = left.problem === undefined ? sides.destination : sides.source;
      return { op: '!', key, size, problem: `${side.describe}: ${problem}` };
    }
    // It went away after it was listed.
    if (left.sha256 === undefined && right.sha256 === undefined)
      return { op: '!', key, size, problem: 'both sides removed it while they were compared' };
    if (left.sha256 === undefined) return { op: '-', key, size: right.object.size };
    if (right.sha256 === undefined) return { op: '+', key, size };
    const by = left.by === 'storage' && right.by === 'storage' ? 'digest' : 'bytes';
    const op = left.sha256 === right.sha256 ? '=' : '*';
    return { op, key, size, sizeAtDestination: right.object.size, by };
  };
}

async function contents(
  storage: Storage,
  objects: StoredObject[],
  meter: Meter,
): Promise<Map<string, Content>> {
  async function* listed(): AsyncGenerator<StoredObject> {
    for (const object of objects) yield await Promise.resolve(object);
  }
  const found = new Map<string, Content>();
  for await (const content of contentOf(storage, listed(), true, meter))
    found.set(content.object.key, content);
  return found;
}
