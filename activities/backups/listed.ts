// Lists of sets as they are read while a set is made: of the one in hand, which this run itself has written, and of the
// newest one before, which tells what need not be read again.

import type { SetObject } from '../../domain/backup/set.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { splitLines } from '../storage/bytes/split-lines.ts';
import type { Storage } from '../storage/storage.ts';
import type { SetRepository } from './open-sets.ts';
import {
  lookAtManifest,
  newestSet,
  type OpenSet,
  readSetFile,
  readSetLines,
  setInvalid,
} from './set-reader.ts';

const BLOBS = 'blobs.ndjson';

/** Of a set that has no manifest yet. */
export async function* listedIn(repository: Storage, key: string, meter: Meter): AsyncGenerator<SetObject> {
  const fail = (problem: string): Error => setInvalid(key, [problem]);
  for await (const line of splitLines(await repository.read(key, meter), fail)) {
    meter.moved();
    yield JSON.parse(line.toString()) as SetObject;
  }
}

/** Nothing where there is none, or none that can be believed: then everything is read. */
export async function* blobsOfNewest(
  repository: SetRepository,
  registry: string,
  meter: Meter,
): AsyncGenerator<SetObject> {
  const newest = await newestSet(repository, registry, meter);
  const { set } = newest === undefined ? {} : await lookAtManifest(repository, newest, meter);
  if (set !== undefined && (await isWhole(repository, set, meter)))
    yield* readSetLines(repository, set, BLOBS, meter);
}

async function isWhole(repository: SetRepository, set: OpenSet, meter: Meter): Promise<boolean> {
  try {
    for await (const _ of readSetFile(repository, set, BLOBS, meter));
    return true;
  } catch (error) {
    if (error instanceof TransshipError && error.type === 'SetInvalid') return false;
    throw error;
  }
}
