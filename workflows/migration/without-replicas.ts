// A replica that dies for good after the point of no return must not keep the registry read-only. A person gives it up, and
// everything is proved on those that remain. At least one remains, and the report says who was given up and why: a replica
// that comes back knows nothing of the move.

import { committed } from '../operation/activity-profiles.ts';
import { reasonOf } from '../operation/failure.ts';
import { type Migration, remaining } from './migration-state.ts';
import type { Way } from './recovery.ts';

const ID = 'without-replica';

/** Gives up whatever is not well when it is chosen; no way of a registry with one replica. */
export function withoutIll(migration: Migration): Way[] {
  if (migration.subject.replicas.length < 2) return [];
  return [
    {
      id: ID,
      title: 'go on without the replicas that are not well, which must not come back by themselves',
      go: async () => {
        let found: Awaited<ReturnType<typeof committed.findIll>>;
        try {
          found = await committed.findIll(remaining(migration));
        } catch (error) {
          return {
            not: `The registry cannot be asked which replicas are not well (${reasonOf(error).message}).`,
          };
        }
        if (found.well.length === 0) return { not: 'No replica is well, so none can be gone on with.' };
        if (found.ill.length === 0)
          return { not: 'Every replica is well, so there is none to go on without.' };
        for (const { replica, problem } of found.ill) giveUp(migration, replica, problem);
        return 'again';
      },
    },
  ];
}

/** Gives up one that cannot be taken down or joined. */
export const leaveOut = (migration: Migration, replica: string): Way => ({
  id: ID,
  title: `go on without replica ${replica}, which must not come back by itself`,
  go: async () => {
    giveUp(migration, replica, 'nothing could be done on its host');
    return 'done';
  },
});

function giveUp({ subject, without, left }: Migration, replica: string, problem: string): void {
  without.push(replica);
  left.push(
    `Replica ${replica} was given up by a person's choice (${problem}). Remove it from ${subject.registry} before it comes back, because it may still use ${subject.source}, and join a new one.`,
  );
}
