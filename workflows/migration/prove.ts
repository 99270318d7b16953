// What is proved before the point of no return. Copying shows that what a listing named has arrived; whether that is what
// the registry serves, whether the registry really keeps its content there, and whether anything changed since, is asked
// here, of the registry and of the storages, each by itself.

import { CancellationScope } from '@temporalio/workflow';
import type { Canary, Closure } from '../../contracts/registry-activities.ts';
import { judgeCanaries } from '../../domain/registries/canary.ts';
import {
  committedAt,
  inspection,
  inspectionAt,
  inWindow,
  inWindowAt,
  tidying,
  tidyingAt,
} from '../operation/activity-profiles.ts';
import { failure, reasonOf } from '../operation/failure.ts';
import type { Migration } from './migration-state.ts';
import { copyFinalDelta, requireAsPlanned } from './online-copy.ts';
import { markLeft, persist, type Way } from './recovery.ts';

/** A listing may be behind what was written a moment before it; then there is something to copy yet. */
const DELTAS = 3;

/** Before the plan: an image of ours, pushed through each replica, and where the source keeps it. */
export async function plantCanaries({
  registry,
  job,
  source,
  boundTo,
}: Pick<Migration['subject'], 'registry' | 'job' | 'source' | 'boundTo'>): Promise<Canary[]> {
  const planted = await inspection.plantCanaries({ registry, job });
  return await inspectionAt(boundTo).findCanaries({ storage: source, canaries: planted });
}

/** The final delta, until the destination has every blob of the final list of tags. */
export async function copyUntilClosed(migration: Migration): Promise<Closure> {
  const { registry, job, destination, boundTo } = migration.subject;
  for (let delta = 1; ; delta += 1) {
    await copyFinalDelta(migration);
    const closure = await inWindowAt(boundTo).checkClosure({
      registry,
      job,
      name: 'destination',
      snapshot: migration.tagsFinal!.key,
      storage: destination,
      earlier: { key: migration.closureOfSource.key, parts: migration.closureOfSource.parts },
      accepted: migration.acceptedDamage?.key ?? null,
    });
    migration.closure = closure;
    if (closure.missing === 0) return closure;
    if (delta === DELTAS)
      throw failure(
        'NotProved',
        `${closure.missing} blobs that ${registry} serves are not in ${destination} after the final delta; see ${closure.key} in the journal.`,
      );
  }
}

/** The last thing before the point of no return, so that as little as can be happens in between. */
export async function proveBeforeNoReturn(migration: Migration): Promise<void> {
  const { registry, job, destination, boundTo } = migration.subject;
  migration.step('prove');

  // The canaries came along, and from here on the destination's are told from the source's
  const storages = inWindowAt(boundTo);
  const found = await storages.findCanaries({ storage: destination, canaries: migration.canaries });
  const lost = judgeCanaries(destination, found);
  if (lost !== undefined) throw failure('NotProved', lost);
  migration.marked = true;
  await storages.writeCanaries({ job, storage: destination, canaries: migration.canaries, side: 'marked' });

  // The registry is where and what it was, collects nothing, and nothing was pushed since the final list
  await requireAsPlanned(migration, { readOnly: true });
  const now = await inWindow.snapshotTags({ registry, job, name: 'proved' });
  const { added, changed, removed, untagged } = await inWindow.compareTags({
    job,
    before: migration.tagsFinal!.key,
    after: now.key,
    name: 'proved',
  });
  if (added + changed + removed + untagged > 0)
    throw failure(
      'SourceUnstable',
      `Tags changed although ${registry} is read-only: ${added} added, ${changed} changed, ${removed} removed, ${untagged} manifests without a tag since the final list. Who pushes, prunes or mirrors?`,
    );
  await inWindow.proveReadOnly({ registry });
}

/** After the registry was seen to serve from the destination: it holds again what was pushed. */
export async function removeMark(migration: Migration): Promise<void> {
  const { canaries, subject } = migration;
  const leaveIt: Way = {
    id: 'leave-it',
    title: "leave the image of ours as it is, which is nobody else's",
    go: async () => 'done',
  };
  const written = await persist(
    migration,
    () =>
      committedAt(subject.boundTo).writeCanaries({
        job: subject.job,
        storage: subject.destination,
        canaries,
        side: 'pushed',
      }),
    [leaveIt],
  );
  if (written === null) migration.left.push(markLeft(migration));
  migration.marked = false;
}

/** Where no plan came of it; also when that was by a cancellation. */
export async function unlessPlanned<T>(
  { subject }: Pick<Migration, 'subject'>,
  planning: () => Promise<T>,
): Promise<T> {
  try {
    return await planning();
  } catch (error) {
    await CancellationScope.nonCancellable(() =>
      removeCanaries({ subject, canaries: [], marked: false, leftReadOnly: false, left: [] }),
    );
    throw error;
  }
}

/** At the end, whatever it is. What stays behind does no harm, and the next run removes it. */
export async function removeCanaries(
  migration: Pick<Migration, 'subject' | 'canaries' | 'marked' | 'leftReadOnly' | 'left'>,
): Promise<void> {
  const { canaries, marked, subject, leftReadOnly, left } = migration;
  // It is what tells whoever mends the registry by hand which storage it serves from
  if (leftReadOnly) return;
  await tidy(left, 'The tags of our own in the canary repository', async () => {
    if (marked)
      await tidyingAt(subject.boundTo).writeCanaries({
        job: subject.job,
        storage: subject.destination,
        canaries,
        side: 'pushed',
      });
    await tidying.removeCanaries({ registry: subject.registry });
  });
}

/** Before the registry is told of the destination: a migration that is terminated says it no more. Never in the way of what comes. */
export async function noteInUse(migration: Migration): Promise<void> {
  const { job, destination, boundTo } = migration.subject;
  migration.inUse = true;
  await CancellationScope.nonCancellable(() =>
    tidyingAt(boundTo)
      .noteInUse({ job, destination })
      .catch(() => undefined),
  );
}

/** Others may have the destination from now on, as far as what lies there lets them. */
export async function releaseDestination({ subject, inUse, left }: Migration): Promise<void> {
  const { job, destination, boundTo } = subject;
  await tidy(left, `The claim of ${destination}`, () =>
    tidyingAt(boundTo).releaseDestination({ job, destination, inUse }),
  );
}

async function tidy(left: string[], what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    left.push(`${what} could not be removed (${reasonOf(error).message}); the next run does it.`);
  }
}
