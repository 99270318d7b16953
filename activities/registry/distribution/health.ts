// Whether a Distribution is well: an answer that its storage had to be asked for. `/v2/` alone is answered by one whose
// storage is away.

import { TransshipError } from '../../../domain/transship-error.ts';
import { refusal } from '../../http/refusal.ts';
import type { RegistryV2Client } from '../images/registry-v2-client.ts';
import type { Distribution } from './distribution.ts';

/** `RegistryUnhealthy` unless it answers, `AccessDenied` where it does not let us in. */
export async function requireWell({ entry }: Distribution, images: RegistryV2Client): Promise<void> {
  const answer = await images.tagsPage(entry.canaryRepository, '');
  // The repository is made by the first push.
  if (answer.status !== 200 && answer.status !== 404) throw refusal(answer, `GET tags of ${images.url}`);
}

export async function ping(distribution: Distribution): Promise<string | undefined> {
  return await problemOf(distribution, distribution.images);
}

export async function healthProblem(
  distribution: Distribution,
  replicas: readonly string[],
): Promise<string | undefined> {
  for (const id of replicas) {
    const replica = distribution.replicas.find((candidate) => candidate.id === id);
    if (replica === undefined) return `replica ${id}: not in the inventory`;
    const problem = await problemOf(distribution, replica.images);
    if (problem !== undefined) return `replica ${id}: ${problem}`;
  }
  return undefined;
}

/** What is wrong with the one behind this URL; undefined: it is well. */
export async function problemOf(
  distribution: Distribution,
  images: RegistryV2Client,
): Promise<string | undefined> {
  try {
    await requireWell(distribution, images);
    return undefined;
  } catch (error) {
    if (error instanceof TransshipError && error.type === 'RegistryUnhealthy') return error.message;
    throw error;
  }
}
