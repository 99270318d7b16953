// What a cluster can do, as its `/info` tells. A cluster that does not show it is taken for one with Swift's defaults
// and without the filters that are not everywhere.

import type { SwiftClient } from './client.ts';

export type Capabilities = {
  /** Bytes of the largest object that is not made of segments. */
  maxObjectBytes: number;
  /** Entries of one answer, and more segments than Swift counts of a dynamic large object. */
  listingLimit: number;
  /** Keys of one bulk delete; 0: there is none. */
  maxDeletes: number;
  /** Do listings mark static large objects, whose `hash` is not that of their bytes? */
  marksStaticLargeObjects: boolean;
};

const DEFAULT_MAX_OBJECT_BYTES = 5 * 1024 ** 3;
const DEFAULT_LISTING_LIMIT = 10_000;
/** One request's worth; larger ones only take longer. */
const MAX_DELETES = 1000;
/** Listings have `slo_etag` since this release. */
const MARKING_VERSION = [2, 18];

type Info = {
  swift?: { version?: string; max_file_size?: number; container_listing_limit?: number };
  slo?: object;
  bulk_delete?: { max_deletes_per_request?: number };
};

export async function readCapabilities(client: SwiftClient): Promise<Capabilities> {
  const info = ((await client.publicJson('/info')) ?? {}) as Info;
  const { version = '0', max_file_size, container_listing_limit } = info.swift ?? {};
  return {
    maxObjectBytes: max_file_size ?? DEFAULT_MAX_OBJECT_BYTES,
    listingLimit: container_listing_limit ?? DEFAULT_LISTING_LIMIT,
    maxDeletes: Math.min(info.bulk_delete?.max_deletes_per_request ?? 0, MAX_DELETES),
    marksStaticLargeObjects: (info.swift !== undefined && info.slo === undefined) || isMarking(version),
  };
}

function isMarking(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [knownMajor = 0, knownMinor = 0] = MARKING_VERSION;
  return major > knownMajor || (major === knownMajor && minor >= knownMinor);
}
