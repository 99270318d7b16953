// Reads content and hashes it, so much at a time that it can be paid for: what was not read for longest comes first, and after
// enough turns everything was. A ledger in the repository says what was read when, as spans of digests: their order is as good
// as chance, so that a turn is a fair share of all sets. Content that came since into a span was proved when it was written.
//
// What is found damaged is marked, until it is found well or the next backup has written it again.

import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { DeepVerification, SetProblem } from '../../contracts/backup.ts';
import { contentKey, VERIFIED_CONTENT } from '../../domain/backup/set.ts';
import { forEachBounded } from '../concurrency/for-each-bounded.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { readSource } from '../copying/read-source.ts';
import { sha256OfBody } from '../storage/bytes/sha256-of.ts';
import { ObjectNotFoundError } from '../storage/errors.ts';
import type { Storage } from '../storage/storage.ts';
import { listContent, listDamaged, markDamaged, unmarkDamaged } from './content-store.ts';
import { UNREADABLE, unlessUnreadable } from './set-lines.ts';

const READ_AT_ONCE = 8;
const FORMAT = 'transship/verified@1';
/** Behind every digest. */
const END = '~';

/** Digests behind `after` up to `to`, which were read one turn after the other. */
type Turn = { after: string; to: string; at: string };

const ledgerShape = z.object({
  format: z.literal(FORMAT),
  turns: z.array(z.object({ after: z.string(), to: z.string(), at: z.iso.datetime() })),
});

/** `bytes`: at most, but for the first object. `now`: ISO 8601. */
export async function rehashContent(
  storage: Storage,
  { bytes, now }: { bytes: number; now: string },
  report: (problem: SetProblem) => void,
  meter: Meter,
): Promise<DeepVerification> {
  const content = await listContent(storage, meter);
  const earlier = await readLedger(storage, meter);
  const { chosen, turns } = nextTurn([...content.keys()], content, earlier.at(-1)?.to ?? END, { bytes, now });
  const damaged = await listDamaged(storage, meter);
  const read = { blobs: 0, bytes: 0 };
  // What is gone altogether is missed by the sets that need it.
  const marked = [...damaged].filter((sha256) => content.has(sha256));
  await forEachBounded(new Set([...marked, ...chosen]), READ_AT_ONCE, async (sha256) => {
    const reason = await reasonAgainst(storage, sha256, meter);
    if (reason !== undefined) {
      await markDamaged(storage, sha256, meter);
      report({ what: contentKey(sha256), reason });
    } else if (damaged.has(sha256)) await unmarkDamaged(storage, [sha256], meter);
    read.blobs += 1;
    read.bytes += content.get(sha256) ?? 0;
    meter.moved({ ...read });
  });
  const { kept, isFull } = oneRound([...earlier, ...turns]);
  const body = Buffer.from(`${JSON.stringify({ format: FORMAT, turns: kept })}\n`);
  await storage.write(VERIFIED_CONTENT, body, { size: body.length }, meter);
  const of = { blobs: content.size, bytes: content.values().reduce((sum, size) => sum + size, 0) };
  return { ...read, of, oldest: isFull ? (kept[0]?.at ?? null) : null };
}

/** What comes behind the last turn, and from the beginning again, until the budget is spent or everything was read. */
export function nextTurn(
  digests: readonly string[],
  sizes: ReadonlyMap<string, number>,
  behind: string,
  { bytes, now }: { bytes: number; now: string },
): { chosen: string[]; turns: Turn[] } {
  const from = digests.findIndex((digest) => digest > behind);
  const start = from === -1 ? 0 : from;
  const chosen: string[] = [];
  let left = bytes;
  for (let step = 0; step < digests.length; step += 1) {
    const digest = digests[(start + step) % digests.length]!;
    const size = sizes.get(digest)!;
    if (chosen.length > 0 && size > left) break;
    chosen.push(digest);
    left -= size;
  }
  if (chosen.length === 0) return { chosen, turns: [] };
  const first = start === 0 ? '' : behind;
  const wraps = start + chosen.length > digests.length;
  const endsAt = (start + chosen.length) % digests.length;
  const to = endsAt === 0 ? END : chosen.at(-1)!;
  if (!wraps) return { chosen, turns: [{ after: first, to, at: now }] };
  return {
    chosen,
    turns: [
      { after: first, to: END, at: now },
      { after: '', to, at: now },
    ],
  };
}

/** The last turns that cover everything together, if they do. */
export function oneRound(turns: readonly Turn[]): { kept: Turn[]; isFull: boolean } {
  const end = turns.at(-1)?.to;
  let isWrapped = false;
  for (let at = turns.length - 1; at >= 0; at -= 1) {
    const { after } = turns[at]!;
    if (isWrapped && after <= end!) return { kept: turns.slice(at), isFull: true };
    if (after !== '') continue;
    if (end === END) return { kept: turns.slice(at), isFull: true };
    isWrapped = true;
  }
  return { kept: [...turns], isFull: false };
}

/** A ledger that cannot be understood is begun anew: everything is read once more. */
async function readLedger(storage: Storage, meter: Meter): Promise<Turn[]> {
  try {
    const found = ledgerShape.safeParse(JSON.parse(await text(await storage.read(VERIFIED_CONTENT, meter))));
    return found.data?.turns ?? [];
  } catch (error) {
    if (error instanceof ObjectNotFoundError || error instanceof SyntaxError) return [];
    throw error;
  }
}

/** undefined: it is what its key names. */
async function reasonAgainst(storage: Storage, sha256: string, meter: Meter): Promise<string | undefined> {
  const key = contentKey(sha256);
  const hash = async (): Promise<string> =>
    await sha256OfBody(await readSource(storage, key, meter), meter.signal);
  try {
    const found = await unlessUnreadable(storage, key, meter, hash);
    if (found === UNREADABLE) return 'cannot be read';
    return found === sha256 ? undefined : `has SHA-256 ${found}`;
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return 'is missing';
    throw error;
  }
}
