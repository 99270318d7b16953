// Makes sure that a destination is ours to write to and to remove from: empty when the first migration came to it, and
// on record as filled from this source since then. The record names the places too: an inventory can be edited so that
// a name means another place.

import type { StorageActivities } from '../../contracts/storage-activities.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { fileOf, type RecordFile } from '../journal/keys.ts';
import { readRecord, writeRecord } from '../journal/record.ts';
import { objectsToCopy } from '../storage/objects-to-copy.ts';
import type { Storage } from '../storage/storage.ts';
import type { Meter } from '../concurrency/heartbeat.ts';

const EXAMPLES = 5;

type Claim = {
  destination: string;
  destinationPlace: string;
  source: string;
  sourcePlace: string;
  job: string;
  at: string;
  /** The migration whose final delta came here: from then on a registry may use the destination. */
  finalBy?: string;
};

const claimFile = (destination: string): RecordFile => fileOf('claim', { destination });

export async function claimDestination(
  sides: { journal: Storage; source: Storage; destination: Storage },
  request: Parameters<StorageActivities['claimDestination']>[0],
  meter: Meter,
): Promise<void> {
  const { journal, source, destination } = sides;
  const file = claimFile(request.destination);
  const claim = await readRecord<Claim>(journal, file);
  if (
    claim?.source === request.source &&
    claim.sourcePlace === source.describe &&
    claim.destinationPlace === destination.describe
  ) {
    return;
  }

  const examples: string[] = [];
  for await (const object of objectsToCopy(destination, meter)) {
    examples.push(object.key);
    if (examples.length >= EXAMPLES) break;
  }
  if (examples.length > 0) {
    const history = claim
      ? `the record says that ${claim.destinationPlace} was filled from ${claim.source} (${claim.sourcePlace}), not from ${request.source} (${source.describe})`
      : 'no earlier migration to it is on record';
    throw new TransshipError(
      'DestinationNotEmpty',
      `${destination.describe} is not empty and ${history}; it holds for example ${examples.join(', ')}`,
      { destination: request.destination, examples },
    );
  }
  const made: Claim = {
    destination: request.destination,
    destinationPlace: destination.describe,
    source: request.source,
    sourcePlace: source.describe,
    job: request.job,
    at: new Date().toISOString(),
  };
  await writeRecord(journal, file, made);
}

/** To be called before the final delta. Without a claim there is nothing to note: only claimed destinations get one. */
export async function noteFinalDelta(journal: Storage, destination: string, job: string): Promise<void> {
  const claim = await readRecord<Claim>(journal, claimFile(destination));
  if (claim === undefined || claim.finalBy === job) return;
  await writeRecord(journal, claimFile(destination), { ...claim, finalBy: job } satisfies Claim);
}

/**
 * For copies that look at no registry. A migration may come again to a destination that it made its final delta to,
 * because its preflight sees whether the registry uses it; a copy would bring back what users have replaced since.
 */
export async function requireNoFinalDelta(journal: Storage, destination: string): Promise<void> {
  const claim = await readRecord<Claim>(journal, claimFile(destination));
  if (claim?.finalBy === undefined) return;
  throw new TransshipError(
    'DestinationNotEmpty',
    `a migration made its final delta to ${claim.destinationPlace} (${claim.finalBy}): a registry may use it, and a copy would undo what was pushed since`,
    { destination, job: claim.finalBy },
  );
}
