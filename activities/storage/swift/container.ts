// Listings of a container, page by page, in the byte order of the names, in which Swift gives them.

import { compareKeys } from '../byte-order.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { Capabilities } from './capabilities.ts';
import type { SwiftClient } from './client.ts';

const MAX_TRIES = 3;

export type Entry = {
  name: string;
  /** 0 for the manifest of a dynamic large object, whatever its segments hold. */
  bytes: number;
  /** MD5, lower-case hex; of a static large object that of its manifest. */
  hash: string;
  content_type: string;
  slo_etag?: string;
  symlink_path?: string;
};

export type Container = {
  client: SwiftClient;
  name: string;
  capabilities: Capabilities;
  /** For errors. */
  describe: string;
};

/** `StorageUnavailable` for pages that are not in order, also when they are asked for again. */
export async function* listEntries(
  container: Container,
  options: { prefix: string; after?: string; signal?: AbortSignal | undefined },
): AsyncGenerator<Entry> {
  let marker = options.after ?? '';
  for (;;) {
    const page = await readPage(container, { ...options, marker });
    // A page can be short although more follows (sharded containers): only an empty one is the end.
    if (page.length === 0) return;
    for (const entry of page) {
      // What comes twice in a row is one object.
      if (entry.name !== marker) yield entry;
      marker = entry.name;
    }
  }
}

async function readPage(
  container: Container,
  place: { prefix: string; marker: string; signal?: AbortSignal | undefined },
): Promise<Entry[]> {
  for (let tries = 1; ; tries += 1) {
    const page = await container.client.json<Entry[]>({
      method: 'GET',
      container: container.name,
      query: {
        format: 'json',
        prefix: place.prefix,
        limit: String(container.capabilities.listingLimit),
        ...(place.marker !== '' && { marker: place.marker }),
      },
      signal: place.signal,
      action: `list container ${container.name}`,
    });
    if (Array.isArray(page) && isInOrder(page, place.marker)) return page;
    if (tries >= MAX_TRIES) {
      throw new TransshipError('StorageUnavailable', `${container.describe}: the listing is not in order`, {
        action: 'list',
      });
    }
  }
}

/** Objects behind one that is out of order would be taken for gone. */
function isInOrder(page: Entry[], marker: string): boolean {
  const [first] = page;
  if (first !== undefined && marker !== '' && compareKeys(first.name, marker) <= 0) return false;
  return page.every(({ name }, n) => n === 0 || compareKeys(page[n - 1]?.name ?? '', name) <= 0);
}
