// The sets of a repository as people see them: when, how much, verified when; and those whose manifest cannot be believed.

import type { ListedSet } from '../../contracts/backup.ts';
import { timeOfSet } from '../../domain/backup/set.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { verifiedAt } from './note-verified.ts';
import type { SetRepository } from './open-sets.ts';
import { listSets, lookAtManifest } from './set-reader.ts';

/** `registry` null: of all. */
export async function listBackups(
  repository: SetRepository,
  registry: string | null,
  meter: Meter,
): Promise<ListedSet[]> {
  const listed: ListedSet[] = [];
  for await (const named of listSets(repository, registry ?? undefined, meter)) {
    const { set, problems } = await lookAtManifest(repository, named, meter);
    const { counts, content, version } = set?.manifest ?? {};
    listed.push({
      set: `${named.registry}/${named.id}`,
      taken: timeOfSet(named.id),
      version: version ?? null,
      tags: counts?.tags ?? 0,
      bytes: counts?.bytes ?? 0,
      newBytes: content?.newBytes ?? 0,
      verified: await verifiedAt(repository.storage, named, meter),
      problems: [...problems],
    });
  }
  return listed;
}
