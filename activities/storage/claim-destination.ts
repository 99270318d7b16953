// Makes sure that a destination is ours to write to and to remove from: empty when the first migration came to it, and
// on record as filled from this source since then.

import type { StorageActivities } from '../../contracts/storage-activities.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { readJson, writeJson } from './json-object.ts';
import { copied } from './plan-pass.ts';
import type { Storage } from './storage.ts';

const EXAMPLES = 5;

type Claim = { destination: string; source: string; job: string; at: string };

export async function claimDestination(
  journal: Storage,
  destination: Storage,
  request: Parameters<StorageActivities['claimDestination']>[0],
  signal: AbortSignal,
): Promise<void> {
  const key = `claims/${request.destination}.json`;
  const claim = await readJson<Claim>(journal, key);
  if (claim?.source === request.source) return;

  const examples: string[] = [];
  for await (const object of copied(destination, signal)) {
    examples.push(object.key);
    if (examples.length >= EXAMPLES) break;
  }
  if (examples.length > 0) {
    const history = claim ? `it was filled from ${claim.source}` : 'no earlier migration to it is on record';
    throw new TransshipError(
      'DestinationNotEmpty',
      `${destination.describe} is not empty and ${history}; it holds for example ${examples.join(', ')}`,
      { destination: request.destination, examples },
    );
  }
  const { source, job } = request;
  const made: Claim = { destination: request.destination, source, job, at: new Date().toISOString() };
  await writeJson(journal, key, made);
}
