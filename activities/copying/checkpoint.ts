// How far the planning of a pass has come: what stands in the work lists that are written, up to a key. It stands in
// the heartbeats, so that an attempt that follows a killed one goes on behind that key.

import type { PassList } from '../../contracts/storage-activities.ts';

export type Checkpoint = {
  v: 2;
  /** Every key up to this one needs nothing, or stands in a work list; empty: none. */
  after: string;
  list: PassList;
  destinationObjects: number;
  /** Of those, what the source does not list. */
  surplus: number;
};

const NOTHING_LISTED: Checkpoint = {
  v: 2,
  after: '',
  list: { shards: 0, sourceObjects: 0, sourceBytes: 0, copyObjects: 0, copyBytes: 0, removeObjects: 0 },
  destinationObjects: 0,
  surplus: 0,
};

/** Out of heartbeat details, which may be of another version, or none: then everything is listed. */
export function checkpointOf(details: unknown): Checkpoint {
  const { v, after, list, destinationObjects, surplus } = (details ?? {}) as Partial<Checkpoint>;
  const counts = Object.keys(NOTHING_LISTED.list) as (keyof PassList)[];
  if (v !== 2 || typeof after !== 'string') return NOTHING_LISTED;
  if (typeof destinationObjects !== 'number' || typeof surplus !== 'number') return NOTHING_LISTED;
  if (!counts.every((count) => Number.isSafeInteger(list?.[count]))) return NOTHING_LISTED;
  return { v, after, list: list as PassList, destinationObjects, surplus };
}
