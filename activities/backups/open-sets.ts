// A repository with the key that signs its sets.

import type { Environment } from '../environment.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { openRepository, type Repository } from '../repositories/open-repository.ts';
import { openSigningKey, type SigningKey } from './signing.ts';

export type SetRepository = Repository & { readonly signing: SigningKey };

/** As `openRepository`; the key is resolved anew each time. */
export async function openSets(environment: Environment, name: string, meter: Meter): Promise<SetRepository> {
  const repository = await openRepository(environment, name, meter);
  const { signing } = environment.inventory.repositories[name]!;
  return { ...repository, signing: openSigningKey(await environment.resolveSecret(signing.key)) };
}
