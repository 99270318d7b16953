// S2 "Restore DTR data", for every product whose sets can be restored: what runs is held, images come first, then what the
// registry keeps beside its storage, and every tag of the set is pulled before pushes are accepted again. Until the metadata
// are restored everything can be undone, and nothing was removed; from then on nothing interrupts, and a person decides what
// becomes of a failure.

import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { RestoreTopic } from '../../contracts/operation.ts';
import type { SavedSetting, Verification } from '../../contracts/registry-activities.ts';
import type {
  RestoredContent,
  RestoreDetails,
  RestoreFacts,
  RestoreInput,
  RestoreResult,
  RestoreSubject,
  SealedRestorePlan,
} from '../../contracts/restore.ts';
import {
  committed,
  inspection,
  inWindow,
  mustHappen,
  quick,
  reporting,
  transferAt,
} from '../operation/activity-profiles.ts';
import { nameOf, passable, startedAs } from '../operation/argument.ts';
import { failure, reasonOf } from '../operation/failure.ts';
import { insist } from '../operation/insist.ts';
import { type Operation, runOperation, withReport } from '../operation/operation.ts';
import { bindActivities } from '../operation/summarized-activities.ts';
import { begin, enter } from './steps.ts';
import { wordsOf } from './verify-backup.ts';

type Restore = Operation<RestoreDetails, RestoreTopic> & {
  subject: RestoreSubject;
  facts: RestoreFacts;
  plan: SealedRestorePlan;
  content: RestoredContent | null;
  verification: Verification | null;
  /** Did we turn read-only mode on? */
  isHeld: boolean;
  /** From now on the registry is no longer what it was. */
  isCommitted: boolean;
  resumed: string[];
  left: string[];
};

export async function restoreRegistry(input: RestoreInput): Promise<RestoreResult> {
  const registry = nameOf(input?.registry);
  return await runOperation<RestoreDetails, RestoreTopic, RestoreResult>(
    {
      kind: 'restore',
      subject: { kind: 'registry', name: registry },
      title: `restore of ${registry}`,
      details: { registry, repository: '', set: null, destination: '' },
    },
    async (operation) => {
      const restore = await prepare(input, operation);
      const { subject } = restore;
      if (subject.dryRun)
        return {
          result: { outcome: 'planned', ...resultOf(restore), report: '' },
          ended: 'The plan is made; nothing was changed',
        };
      const report = await withReport(
        async () => await approveAndCarryOut(restore),
        async (error) => await writeReport(restore, error),
      );
      return {
        result: { outcome: 'restored', ...resultOf(restore), report },
        ended: `Restored from ${subject.registry}/${subject.set}`,
      };
    },
  );
}

async function prepare(
  input: RestoreInput,
  operation: Operation<RestoreDetails, RestoreTopic>,
): Promise<Restore> {
  const { board, approvals } = operation;
  const subject = await quick.resolveRestore({
    input: passable(input) as RestoreInput,
    ...startedAs(),
  });
  approvals.setPolicies(subject.approvals);
  bindActivities(subject.binding);
  const { registry, repository, set, destination } = subject;
  Object.assign(board.status.details, { registry, repository, set, destination });
  board.status.title = `restore of ${registry} from ${registry}/${set} to ${destination}`;

  await begin(operation, 'look-at-set');
  const facts = await look(subject);

  enter(operation, 'plan-restore');
  const plan = await quick.makeRestorePlan(facts);
  board.setPlan(plan);
  return {
    ...operation,
    ...{ subject, facts, plan, content: null, verification: null },
    ...{ isHeld: false, isCommitted: false, resumed: [], left: [] },
  };
}

/** A set that is not whole is refused before anything else is looked at. */
async function look(subject: RestoreSubject): Promise<RestoreFacts> {
  const { registry, destination: storage, boundTo } = subject;
  const there = transferAt(boundTo);
  const check = await there.checkSet(asked(subject));
  if (check.problems > 0) throw failure('SetInvalid', wordsOf(`${registry}/${subject.set}`, [check]));
  const set = await there.listSet(asked(subject));
  const seen = await inspection.lookAtRegistry({ registry });
  const since = await tagsSince(subject, set.tagsKey);
  const preview = await there.compareWithSet({ ...asked(subject), storage });
  const { version } = set.manifest;
  await inspection.restoreMetadata({ ...asked(subject), storage, version, tryOnly: true });
  return { subject, set, preview, seen, since };
}

/** null: the registry cannot list its tags. */
async function tagsSince({ registry, job }: RestoreSubject, before: string): Promise<RestoreFacts['since']> {
  try {
    const { key: after } = await inspection.snapshotTags({ registry, job, name: 'now' });
    return await quick.compareTags({ job, before, after, name: 'since-set' });
  } catch (error) {
    if (reasonOf(error).type !== 'RegistryUnhealthy') throw error;
    return null;
  }
}

async function approveAndCarryOut(restore: Restore): Promise<void> {
  const { subject, plan, approvals } = restore;
  enter(restore, 'approve-restore');
  await approvals.require('restore', plan.digest, questionOf(restore));
  try {
    await holdPushes(restore);
    await begin(restore, 'restore-content');
    const { destination: storage } = subject;
    restore.content = await transferAt(subject.boundTo).restoreContent({ ...asked(subject), storage });
    await restore.pauses.here();
    await CancellationScope.nonCancellable(async () => await commit(restore));
  } finally {
    restore.pauses.refuse('It is ending.');
    if (!restore.isCommitted) await undo(restore);
  }
  enter(restore, 'report-restore');
}

/** One that does not answer takes no pushes. */
async function holdPushes(restore: Restore): Promise<void> {
  const { subject, facts } = restore;
  const { registry } = subject;
  await begin(restore, 'hold-pushes');
  if (facts.seen.state === null) return;
  restore.isHeld = !facts.seen.state.readOnly;
  await inWindow.setReadOnly({ registry, readOnly: true });
  await inWindow.proveReadOnly({ registry });
}

async function undo({ subject, board, isHeld }: Restore): Promise<void> {
  const { registry } = subject;
  if (isHeld) await insist(board, () => mustHappen.setReadOnly({ registry, readOnly: false }));
}

/** The point of no return. */
async function commit(restore: Restore): Promise<void> {
  const { subject, facts, board } = restore;
  const { registry, job, replicas, destination: storage } = subject;
  const { manifest } = facts.set;
  enter(restore, 'restore-metadata');
  restore.isCommitted = true;
  await must(restore, async () => {
    const { version } = manifest;
    await committed.restoreMetadata({ ...asked(subject), storage, version, tryOnly: false });
    await committed.waitUntilHealthy({ registry, replicas });
  });

  enter(restore, 'verify-restore');
  await must(restore, async () => await verify(restore));

  enter(restore, 'accept-pushes');
  const saved: SavedSetting = manifest.schedules;
  const { resumed } = await insist(board, () => mustHappen.resumeCollection({ registry, job, saved }));
  restore.resumed = resumed;
  await insist(board, () => mustHappen.setReadOnly({ registry, readOnly: false }));
}

/** Every tag of the set is pulled whole. What its images lacked when it was made is no loss. */
async function verify(restore: Restore): Promise<void> {
  const { registry, job } = restore.subject;
  const { tagsKey: snapshot, tags: sample, lostKey: problems } = restore.facts.set;
  restore.verification = await inspection.verifyImages({
    ...{ registry, job, name: 'restored', snapshot, sample },
    from: 0,
    withinMs: null,
    tolerated: { problems, damagedInPass: null },
  });
  const { problems: found, key } = restore.verification;
  if (found > 0)
    throw failure(
      'VerificationFailed',
      `${found} tags, manifests or blobs of the set are missing or different in ${registry}; ${key} in the journal names them.`,
    );
}

/** Until it goes well, or a person ends it. Where nobody is asked, or nobody answers, it ends. */
async function must(restore: Restore, action: () => Promise<void>): Promise<void> {
  const { approvals, plan, board, subject } = restore;
  const trouble = board.openProblem();
  try {
    for (;;) {
      try {
        await action();
        return;
      } catch (error) {
        const { type, message } = reasonOf(error);
        trouble.is(`${type}: ${message}`);
        const answer = await approvals.choose('recovery', plan.digest, wordsOfTrouble(type, message), [
          'try-again',
          'stay-read-only',
        ]);
        const isAsked = answer !== null && answer.by !== null;
        if (isAsked && answer.choice === 'try-again') continue;
        restore.left.push(
          `${subject.registry} is read-only, or does not answer. What went wrong: ${type}: ${message} Mend it, and restore again: what lies in ${subject.destination} is proved and not written again. Or put back the configuration that each replica keeps beside its own (*.transship-…).`,
        );
        throw failure(
          'LeftReadOnly',
          `The restore of ${subject.registry} ended with the registry read-only: ${type}: ${message}`,
        );
      }
    }
  } finally {
    trouble.end();
  }
}

const wordsOfTrouble = (type: string, message: string): string =>
  [
    `${type}: ${message}`,
    '',
    'The registry stays read-only until somebody chooses:',
    '',
    '- `try-again`: do it again, when it is mended',
    '- `stay-read-only`: end here, to mend it by hand',
  ].join('\n');

async function writeReport(restore: Restore, error: unknown): Promise<string> {
  const { subject, facts, plan, board } = restore;
  const { job, registry, repository, set, destination } = subject;
  const { version, takenAt, counts } = facts.set.manifest;
  const written = await reporting
    .writeRestoreReport({
      subject: { job, registry, repository, set, destination },
      plan: { digest: plan.digest, key: plan.key },
      manifest: { version, takenAt, counts },
      content: restore.content,
      verification: restore.verification,
      resumed: restore.resumed,
      audit: board.status.audit,
      startedAt: workflowInfo().startTime.toISOString(),
      finishedAt: new Date().toISOString(),
      failure: error === null ? null : reasonOf(error),
      left: [...restore.left, ...nextOf(restore, error)],
    })
    .catch((reason: unknown) => {
      board.openProblem().is(`There is no report: ${reasonOf(reason).message}`);
      return null;
    });
  board.status.report = written?.key ?? null;
  board.refresh();
  return written?.key ?? '';
}

function nextOf({ subject, isCommitted, content }: Restore, error: unknown): string[] {
  const { registry, destination } = subject;
  if (error === null)
    return [`Set \`storage: ${destination}\` of ${registry} in the inventory of every worker.`];
  if (isCommitted) return [];
  return [
    content === null
      ? `${registry} is as it was. ${destination} may hold a part of the set; the next restore goes on from there.`
      : `${registry} is as it was. ${destination} holds the content of the set.`,
  ];
}

function resultOf({ subject, plan, facts, content }: Restore): Omit<RestoreResult, 'outcome' | 'report'> {
  const { registry, repository, destination } = subject;
  return {
    ...{ registry, repository, destination },
    set: `${registry}/${subject.set}`,
    planDigest: plan.digest,
    plan: plan.key,
    tags: facts.set.tags,
    written: content?.written ?? 0,
    kept: content?.kept ?? 0,
  };
}

const questionOf = ({ subject, facts, plan }: Restore): string =>
  `Restore ${subject.registry} from ${subject.registry}/${subject.set} (${facts.set.tags} tags) to ${subject.destination} as \`${plan.key}\` in the journal says?`;

const asked = ({ job, repository, registry, set }: RestoreSubject) => ({ job, repository, registry, set });
