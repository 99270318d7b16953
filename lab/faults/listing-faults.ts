// Listings that repeat or skip what is there, in the words of each kind of server: XML of S3 and Azure, JSON of
// Google Cloud Storage and Swift.

import { buffer } from 'node:stream/consumers';
import { listsObjects, withBody } from './faults.ts';
import type { Fault } from './faulty-proxy.ts';

/** One entry comes twice. */
export const repeatedEntry = listingFault('repeated-entry', ([first, ...others]) =>
  first === undefined ? [] : [first, first, ...others],
);

/** The last entry comes before all others, as where a page overlaps with one that was read before. */
export const returningEntry = listingFault('returning-entry', (entries) => [
  ...entries.slice(-1),
  ...entries,
]);

/**
 * One entry is missing. No client can know: a listing that leaves out the same object every time is the listing of a
 * storage that does not have it.
 */
export const skippedEntry = listingFault('skipped-entry', (entries) =>
  entries.toSpliced(entries.length >> 1, 1),
);

/** In the place of every page after the first comes the first once more, with the pointer to the page after. */
export function repeatedPage(): Fault {
  let first: string[] = [];
  return listingFault('repeated-page', (entries) => {
    if (first.length === 0) first = entries;
    return first;
  });
}

export const LISTING_FAULTS = [repeatedEntry, returningEntry];

function listingFault(name: string, change: (entries: string[]) => string[]): Fault {
  return {
    name,
    wants: listsObjects,
    act: async ({ forward, reply }) => {
      const answer = await forward();
      const body = (await buffer(answer)).toString('utf8');
      const changed = body.trimStart().startsWith('<') ? changedXml(body, change) : changedJson(body, change);
      await reply(withBody(answer, Buffer.from(changed)));
    },
  };
}

function changedXml(body: string, change: (entries: string[]) => string[]): string {
  const entry = /<(Contents|Blob)>.*?<\/\1>/gs;
  const entries = body.match(entry) ?? [];
  const first = body.search(entry);
  if (first === -1) return body;
  const rest = body.replaceAll(entry, '');
  return rest.slice(0, first) + change(entries).join('') + rest.slice(first);
}

function changedJson(body: string, change: (entries: string[]) => string[]): string {
  const page = JSON.parse(body) as unknown[] | { items?: unknown[] };
  const changed = (entries: unknown[]): unknown[] =>
    change(entries.map((entry) => JSON.stringify(entry))).map((entry) => JSON.parse(entry) as unknown);
  if (Array.isArray(page)) return JSON.stringify(changed(page));
  return JSON.stringify({ ...page, items: changed(page.items ?? []) });
}
