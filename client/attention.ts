// What keeps an operation from moving that it cannot say itself: it was paused, a step of it fails again and again, or
// the build that it stays with has no worker. Temporal knows all of it without a worker.

import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { isThere } from '../domain/workers.ts';
import { findWorkers } from '../worker/find-workers.ts';
import { buildOf } from '../worker/stranded.ts';

export type Attention = { kind: 'paused' | 'failing' | 'waiting' | 'no-worker'; text: string };

/** `PendingActivityState` of temporal/api/enums/v1/workflow.proto. */
const SCHEDULED = 1;
/** A worker that is there takes a step at once. */
const WAITING_MS = 15_000;

type Raw = WorkflowExecutionDescription['raw'];
type Pending = NonNullable<Raw['pendingActivities']>[number];

/** `child`: id of the workflow that works for it now; `answers`: does a worker answer? */
export async function attentionOf(
  client: Client,
  { raw, workflowId }: Pick<WorkflowExecutionDescription, 'raw' | 'workflowId'>,
  { child, answers }: { child: string | null; answers: boolean },
): Promise<Attention[]> {
  const ofChild =
    child === null
      ? undefined
      : await client.workflow
          .getHandle(child)
          .describe()
          .catch(() => undefined);
  return [
    ...pausesOf(workflowId, raw),
    ...(ofChild === undefined ? [] : pausesOf(ofChild.workflowId, ofChild.raw)),
    ...[...(raw.pendingActivities ?? []), ...(ofChild?.raw.pendingActivities ?? [])].flatMap(troubleOf),
    ...(answers ? [] : await withoutBuild(client, raw)),
  ];
}

function pausesOf(workflowId: string, { workflowExtendedInfo }: Raw): Attention[] {
  const { pauseInfo } = workflowExtendedInfo ?? {};
  if (!pauseInfo) return [];
  const reason = pauseInfo.reason ? `: ${pauseInfo.reason}` : '';
  return [
    {
      kind: 'paused',
      text: `${workflowId} is paused since ${timeOf(pauseInfo.pausedTime)} by ${pauseInfo.identity}${reason}; let it go on with: temporal workflow unpause --workflow-id ${workflowId}`,
    },
  ];
}

function troubleOf({
  activityType,
  attempt,
  lastFailure,
  paused,
  pauseInfo,
  activityId,
  ...rest
}: Pending): Attention[] {
  const name = activityType?.name ?? 'a step';
  if (paused)
    return [
      {
        kind: 'paused',
        text: `${name} (activity ${activityId}) is paused since ${timeOf(pauseInfo?.pauseTime)} by ${pauseInfo?.manual?.identity ?? 'a rule'}; let it go on with: temporal activity unpause`,
      },
    ];
  if (!lastFailure || Number(attempt) < 2) {
    const sinceMs = Number(rest.scheduledTime?.seconds ?? 0) * 1000;
    if (Number(rest.state) !== SCHEDULED || Date.now() - sinceMs < WAITING_MS) return [];
    const text = `${name} waits since ${timeOf(rest.scheduledTime)} for a worker with a free slot; transship workers shows who takes which task queue`;
    return [{ kind: 'waiting', text }];
  }
  const next = rest.nextAttemptScheduleTime ? `, the next at ${timeOf(rest.nextAttemptScheduleTime)}` : '';
  return [
    { kind: 'failing', text: `${name} is tried for the ${attempt}. time${next}: ${lastFailure.message}` },
  ];
}

async function withoutBuild(client: Client, { workflowExecutionInfo }: Raw): Promise<Attention[]> {
  const build = buildOf(workflowExecutionInfo ?? {});
  if (build === undefined) return [];
  const { workflowService, options } = client;
  const workers = await findWorkers({ workflowService, namespace: options.namespace });
  if (workers.some((worker) => worker.build === build && isThere(worker, Date.now()))) return [];
  return [
    {
      kind: 'no-worker',
      text: `it stays with build ${build}, which no worker has; transship workers says what helps`,
    },
  ];
}

const timeOf = (stamp: { seconds?: unknown } | null | undefined): string =>
  new Date(Number(stamp?.seconds ?? 0) * 1000).toISOString();
