// Everything that a plan is made from: the registry, both storages, who works for us, and whether the source is the registry's
// own. Nothing is changed but for an object at the destination and images of ours in the canary repository.

import type { Finding } from '../../contracts/finding.ts';
import { warns } from '../../domain/finding.ts';
import { isCancellation } from '@temporalio/workflow';
import type { MigrationPath } from '../../contracts/names.ts';
import type { MigrationSubject, PlanFacts } from '../../contracts/record-activities.ts';
import type { CanaryMark } from '../../contracts/registry-activities.ts';
import { inspection, inspectionAt } from '../operation/activity-profiles.ts';
import { failure, isUntaken, reasonOf } from '../operation/failure.ts';
import { plantCanaries, unlessPlanned } from './prove.ts';

/** Reading every object may take days; copying finds the damage of those that are not read now. */
const READ_FOR_DAMAGE_MS = 60_000;

export async function lookAtAll(path: MigrationPath, subject: MigrationSubject): Promise<PlanFacts> {
  const { registry, job, source, destination, boundTo } = subject;
  // Before all else: looks of workers that mean different things by one name fit nothing
  const { findings } = await inspection.findWorkers({ boundTo });
  if (findings.length > 0) throw failure('PreflightFailed', findings.join(' '));

  const storages = inspectionAt(boundTo);
  const findDamage = () =>
    storages.findDamage({ job, storage: source, destination, readForMs: READ_FOR_DAMAGE_MS });
  const [{ marks = [], ...state }, sourceCheck, destinationCheck, claimable, size, damage, tags] =
    await Promise.all([
      inspection.inspectRegistry({ registry, marks: true, destination }),
      storages.checkAccess({ storage: source, writable: false }),
      storages.checkAccess({
        storage: destination,
        writable: true,
        hosts: subject.replicas.flatMap(({ host }) => host ?? []),
      }),
      storages.lookAtDestination({ job, source, destination }),
      storages.measureStorage({ storage: source }),
      findDamage(),
      inspection.snapshotTags({ registry, job, name: 'before' }),
    ]).catch((error: unknown) => {
      if (!isUntaken(error)) throw error;
      throw failure(
        'PreflightFailed',
        `No worker is bound to ${boundTo}, where the storages are: start one there with --bound-to ${boundTo}.`,
      );
    });

  // Where nothing can be pushed there is a finding that says why, and no plan
  const canPush =
    !state.readOnly && state.canaryRepositoryExists && state.replicas.every(({ healthy }) => healthy);
  // While it is read-only they tell whoever mends it by hand which storage it serves from
  const unmended = canPush ? await removeMarks(marks) : [];
  const hadMark = canPush && marks.some(({ storage }) => storage === source);
  const [canaries, closure] = canPush
    ? await unlessPlanned({ subject }, () =>
        Promise.all([
          plantCanaries(subject),
          storages.checkClosure({
            registry,
            job,
            name: 'source',
            snapshot: tags.key,
            storage: source,
            earlier: null,
            accepted: null,
          }),
        ]),
      )
    : [null, null];
  return {
    path,
    subject,
    state,
    sourceCheck,
    destinationCheck,
    destinationProblem: claimable.problem,
    superseded: claimable.superseded ?? null,
    size,
    damage: hadMark ? await findDamage() : damage,
    tags,
    canaries,
    closure,
    unmended,
  };
}

/** What earlier runs have left in storages, whichever they moved to; returned is what could not be put right. */
async function removeMarks(marks: CanaryMark[]): Promise<Finding[]> {
  const unmended: Finding[] = [];
  for (const { job, key, storage, boundTo, canaries } of marks)
    try {
      await inspectionAt(boundTo).writeCanaries({ job, storage, canaries, side: 'pushed' });
    } catch (error) {
      if (isCancellation(error)) throw error;
      unmended.push(
        warns(
          `An earlier run has left ${canaries.map((canary) => canary.key).join(', ')} at ${storage} with other bytes than the name says, and it cannot be put right now (${reasonOf(error).message}). It is an image of ours in the canary repository.`,
          `Where that storage is no more, remove ${key} from the journal.`,
        ),
      );
    }
  return unmended;
}
