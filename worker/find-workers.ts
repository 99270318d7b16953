// Asks Temporal who polls the queues of Transship: for `transship workers`, and for the preflight of a migration, which
// must not begin where two workers mean different things by one name.

import { getClient, heartbeat, sleep } from '@temporalio/activity';
import type { WorkflowService } from '@temporalio/client';
import { boundTaskQueue, TASK_QUEUE, windowTaskQueue } from '../contracts/names.ts';
import type { FoundWorker, WorkerActivities } from '../contracts/worker-activities.ts';
import {
  DEPLOYMENT,
  findingsOf,
  isThere,
  type Poller,
  SEEN_WITHIN_MS,
  workersOf,
} from '../domain/workers.ts';

/** Who polls for workflows polls for activities as well; bound workers and those of the window for activities only. */
const QUEUE_TYPES = [1, 2] as unknown as QueueType[];
type QueueType = NonNullable<Parameters<WorkflowService['describeTaskQueue']>[0]['taskQueueType']>;
/** Polls of one that ended are listed until they would have ended by themselves. */
const LOOK_AGAIN_MS = 5000;

type Temporal = { workflowService: WorkflowService; namespace: string };

/** Those of the last minutes, also of places that a worker is bound to. */
export async function findWorkers(temporal: Temporal): Promise<FoundWorker[]> {
  const queues = new Set([TASK_QUEUE, windowTaskQueue(TASK_QUEUE), ...(await queuesOfVersions(temporal))]);
  const pollers = await Promise.all([...queues].map((queue) => pollersOf(temporal, queue)));
  return workersOf(pollers.flat());
}

async function pollersOf({ workflowService, namespace }: Temporal, name: string): Promise<Poller[]> {
  const answers = await Promise.all(
    QUEUE_TYPES.map((taskQueueType) =>
      workflowService.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType }),
    ),
  );
  return answers
    .flatMap(({ pollers }) => pollers ?? [])
    .map(({ identity, lastAccessTime }) => ({
      taskQueue: name,
      identity: identity ?? '',
      lastSeen: new Date(Number(lastAccessTime?.seconds ?? 0) * 1000).toISOString(),
    }));
}

/** Of every build that Temporal knows; none where it has no Worker Versioning. */
async function queuesOfVersions({ workflowService, namespace }: Temporal): Promise<string[]> {
  try {
    const { workerDeploymentInfo } = await workflowService.describeWorkerDeployment({
      namespace,
      deploymentName: DEPLOYMENT,
    });
    const versions = await Promise.all(
      (workerDeploymentInfo?.versionSummaries ?? []).map(({ deploymentVersion }) =>
        workflowService.describeWorkerDeploymentVersion({
          namespace,
          deploymentVersion: deploymentVersion ?? null,
        }),
      ),
    );
    return versions.flatMap(({ versionTaskQueues }) =>
      (versionTaskQueues ?? []).map(({ name }) => name ?? ''),
    );
  } catch {
    return [];
  }
}

/** The activity. Where workers differ it looks until those that have ended are no longer taken for ones that work. */
export const workerActivities: WorkerActivities = {
  async findWorkers({ boundTo }) {
    const client = getClient();
    const temporal = { workflowService: client.workflowService, namespace: client.options.namespace };
    const queues = [TASK_QUEUE, ...(boundTo === null ? [] : [boundTaskQueue(boundTo)])];
    const untilMs = Date.now() + SEEN_WITHIN_MS;
    for (;;) {
      const workers = (await findWorkers(temporal)).filter((worker) => isThere(worker, Date.now()));
      const findings = findingsOf(workers, queues);
      if (findings.length === 0 || Date.now() > untilMs) return { workers, findings };
      heartbeat({ waitingFor: findings });
      await sleep(LOOK_AGAIN_MS);
    }
  },
};
