// The builds of workers in Temporal's eyes (Worker Versioning). An operation stays with the build that it began with; new
// ones begin with the current build, which is the newest that was ever started. A worker sees to that itself, and says
// aloud when an operation waits for a build that no worker has.

import type { Logger } from '@temporalio/common';
import type { WorkflowService } from '@temporalio/client';
import { DEPLOYMENT, isThere } from '../domain/workers.ts';
import { findWorkers } from './find-workers.ts';
import { strandedOperations } from './stranded.ts';

const FIRST_LOOK_MS = 500;
const LOOK_MS = 15_000;
/** A worker is not the current one at once: Temporal has to see its polls first. */
const MAX_LOOKS_AT_START = 40;
/** Between two warnings of the same kind. */
const LOOKS_BETWEEN_WARNINGS = 40;

export type Deployment = {
  temporal: { workflowService: WorkflowService; namespace: string };
  build: string;
  identity: string;
  logger: Logger;
};

/** Returns when new operations come to this build, or come to another one for a reason. */
export async function takePlace(deployment: Deployment): Promise<void> {
  for (let look = 0; look < MAX_LOOKS_AT_START; look += 1) {
    if (await settle(deployment).catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, FIRST_LOOK_MS));
  }
  deployment.logger.warn('Temporal does not take this build; new operations may wait', {
    build: deployment.build,
  });
}

/** Looks again and again, until `signal` ends it; it never keeps a process from ending. */
export function watchPlace(deployment: Deployment, signal: AbortSignal): void {
  let looks = 0;
  const look = async (): Promise<void> => {
    await settle(deployment);
    for (const stranded of await strandedOperations(deployment.temporal))
      if (looks % LOOKS_BETWEEN_WARNINGS === 0)
        deployment.logger.error('an operation waits for a build that no worker has', stranded);
    looks += 1;
  };
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_MS).unref();
  signal.addEventListener('abort', () => clearInterval(timer));
}

/** True: there is nothing more to do now. */
async function settle({ temporal, build, identity, logger }: Deployment): Promise<boolean> {
  const { workflowService, namespace } = temporal;
  const { workerDeploymentInfo, conflictToken } = await workflowService.describeWorkerDeployment({
    namespace,
    deploymentName: DEPLOYMENT,
  });
  const current = workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId;
  if (current === build) return true;
  const own = workerDeploymentInfo?.versionSummaries?.find(
    ({ deploymentVersion }) => deploymentVersion?.buildId === build,
  );
  if (own === undefined) return false;
  // A build that was current before has been replaced by a newer one: it takes its place back only where that is gone.
  if (current && own.firstActivationTime && (await hasWorkers(temporal, current))) return true;
  await workflowService.setWorkerDeploymentCurrentVersion({
    namespace,
    deploymentName: DEPLOYMENT,
    buildId: build,
    identity,
    ...(conflictToken && { conflictToken }),
    ignoreMissingTaskQueues: true,
  });
  logger.info('new operations come to this build', { build, before: current ?? 'none' });
  return true;
}

async function hasWorkers(temporal: Deployment['temporal'], build: string): Promise<boolean> {
  const workers = await findWorkers(temporal);
  return workers.some((worker) => worker.build === build && isThere(worker, Date.now()));
}
