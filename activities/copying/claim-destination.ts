// Makes sure that a destination is ours to write to and to remove from: empty when the first job came to it and on record
// as filled from this source since then, or on record as what the registry used before; with nobody else at work there.

import type { StorageActivities, Superseded } from '../../contracts/storage-activities.ts';
import { mergeListings } from '../../domain/storage/merge-listings.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { fileOf, type JournalFile } from '../journal/keys.ts';
import { requireApart } from '../storage/apart.ts';
import { compareKeys } from '../storage/byte-order.ts';
import { objectsToCopy } from '../storage/objects-to-copy.ts';
import type { Place, Storage } from '../storage/storage.ts';
import { departureOf, lookBack, whyNoWayBack, requireOwn } from './earlier-use.ts';
import { type Claim, claimedBy, isFilledFrom, lastTurn, type Sides, takeTurn, type Turn } from './claim.ts';

const EXAMPLES = 5;
/** The folder of a workflow, in which each of its runs has one. */
const WORKFLOW = /^(jobs\/.+)\/[^/]+$/;

type Request = Parameters<StorageActivities['claimDestination']>[0];
/** `mayGoBack`: also to a storage that the registry used before, which only whoever looks at the registry can know. */
type Options = { mayGoBack: boolean };
type Claimable = { last: Turn | undefined; superseded: Omit<Superseded, 'key'> | null };

/** `DestinationClaimed` while another job has it. */
export async function claimDestination(
  sides: Sides,
  request: Request,
  meter: Meter,
  options: Options,
): Promise<void> {
  for (;;) {
    const claimable = await requireClaimable(sides, request, meter, options);
    if (claimable === 'ours') return;
    if (claimable.superseded !== null) requireOwn(sides.destination, claimable.superseded);
    // Else somebody was faster, and has to be looked at.
    if (await takeTurn(sides, request, claimable.last, meter)) return;
  }
}

/** Before the plan of a migration. `problem`: why it could not be claimed, as a sentence without its end; null: it could. */
export async function lookAtDestination(
  sides: Sides,
  request: Request,
  meter: Meter,
): ReturnType<StorageActivities['lookAtDestination']> {
  const list = fileOf('superseded', request);
  try {
    const claimable = await requireClaimable(sides, request, meter, { mayGoBack: true, list });
    const superseded = claimable === 'ours' ? null : claimable.superseded;
    return { problem: null, superseded: superseded && { ...superseded, key: list.key } };
  } catch (error) {
    if (error instanceof TransshipError && !error.retryable)
      return { problem: error.message, superseded: null };
    throw error;
  }
}

/** The turn that a claim comes after, if there is one, and what it finds to remove of an earlier use. */
async function requireClaimable(
  sides: Sides,
  request: Request,
  meter: Meter,
  { mayGoBack, list }: Options & { list?: JournalFile<'superseded'> },
): Promise<Claimable | 'ours'> {
  await requireApart(sides);
  const { describe, links } = sides.destination;
  if (links !== undefined)
    throw new TransshipError(
      'InvalidInput',
      `${describe} has links that the inventory accepts (${Object.keys(links).join(', ')}): nothing is written behind a link, so it can be a source and no destination`,
      { links: Object.keys(links) },
    );
  const last = await lastTurn(sides.journal, request.destination);
  const claim = last?.claim;
  const isKnown = claim !== undefined && (await isFilledFrom(claim, request.source, sides));
  if (claim !== undefined && claim.endedAt === undefined) {
    if (claim.job === request.job && isKnown) return 'ours';
    if (!mayFollow(claim.job, request.job)) throw claimedBy(last!, sides.destination.describe);
  }
  const departure = mayGoBack ? await departureOf(sides, request) : undefined;
  if (departure !== undefined)
    return { last, superseded: await lookBack(sides, request, departure, meter, list) };
  if (!isKnown) await requireEmpty(sides, request, claim, meter);
  else if (claim.inUse === true) await requireNothingElse(sides, meter);
  return { last, superseded: null };
}

/** Of one workflow only one run is open at a time: an earlier one has ended, with or without a word. */
function mayFollow(earlier: string, job: string): boolean {
  const workflow = WORKFLOW.exec(job)?.[1];
  return earlier === job || (workflow !== undefined && workflow === WORKFLOW.exec(earlier)?.[1]);
}

async function isEmpty(destination: Storage, meter: Meter): Promise<boolean> {
  for await (const _ of objectsToCopy(destination, meter)) return false;
  return true;
}

async function requireEmpty(
  sides: Sides,
  request: Request,
  claim: Claim | undefined,
  meter: Meter,
): Promise<void> {
  const { source, destination } = sides;
  const examples: string[] = [];
  for await (const object of objectsToCopy(destination, meter)) {
    examples.push(object.key);
    if (examples.length >= EXAMPLES) break;
  }
  if (examples.length === 0) return;
  const filledFrom =
    claim &&
    `the record says that ${claim.destinationPlace}${reallyAt(claim.places?.destination)} was filled from ${claim.source} (${claim.sourcePlace}${reallyAt(claim.places?.source)}), not from ${request.source} (${source.describe})`;
  const history =
    (await whyNoWayBack(sides, request)) ?? filledFrom ?? 'no earlier migration to it is on record';
  throw notEmpty(destination, `is not empty and ${history}`, examples);
}

const reallyAt = (place: Place | undefined): string =>
  place === undefined ? '' : `, then at /${place.folder} of ${place.where},`;

/** A registry has used it: what it holds beyond the source may have been pushed there, and is nowhere else. */
async function requireNothingElse({ source, destination }: Sides, meter: Meter): Promise<void> {
  const merged = mergeListings(objectsToCopy(source, meter), objectsToCopy(destination, meter), compareKeys);
  const examples: string[] = [];
  for await (const { left, right } of merged) {
    if (left === undefined) examples.push(right.key);
    if (examples.length >= EXAMPLES) break;
  }
  if (examples.length === 0) return;
  const history = `was in use by a registry since it was filled, and holds what ${source.describe} has not`;
  throw notEmpty(destination, history, examples);
}

const notEmpty = ({ describe }: Storage, what: string, examples: string[]): TransshipError =>
  new TransshipError('DestinationNotEmpty', `${describe} ${what}: for example ${examples.join(', ')}`, {
    examples,
  });

/**
 * For copies that look at no registry. A migration may come again to a destination that it made its final delta to,
 * because its preflight sees whether the registry uses it; a copy would bring back what users have replaced since.
 */
export async function requireNoFinalDelta(
  sides: Pick<Sides, 'journal' | 'destination'>,
  destination: string,
  meter: Meter,
): Promise<void> {
  const claim = (await lastTurn(sides.journal, destination))?.claim;
  if (claim?.finalBy === undefined || (await isEmpty(sides.destination, meter))) return;
  throw new TransshipError(
    'DestinationNotEmpty',
    `a migration made its final delta to ${claim.destinationPlace} (${claim.finalBy}): a registry may use it, and a copy would undo what was pushed since`,
    { destination, job: claim.finalBy },
  );
}
