// Operations that wait for a build that no worker has: after an upgrade that ended the old workers too early. Nothing moves
// in them, a registry may be read-only meanwhile, and only a worker of that build or a person helps.

import type { WorkflowService } from '@temporalio/client';
import { SEARCH_ATTRIBUTES, WORKFLOW_TYPES } from '../contracts/names.ts';
import { DEPLOYMENT, isThere } from '../domain/workers.ts';
import { findWorkers } from './find-workers.ts';

export type Stranded = {
  workflowId: string;
  build: string;
  /** How a person helps. */
  advice: string;
};

type ExecutionInfo = NonNullable<
  Awaited<ReturnType<WorkflowService['describeWorkflowExecution']>>['workflowExecutionInfo']
>;
type Temporal = { workflowService: WorkflowService; namespace: string };

export async function strandedOperations(temporal: Temporal, nowMs?: number): Promise<Stranded[]> {
  return (await runningOperations(temporal, nowMs)).stranded;
}

/** Every operation and every pass that runs, with its build (null: any), and those of them that are stranded. */
export async function runningOperations(
  temporal: Temporal,
  nowMs: number = Date.now(),
): Promise<{ operations: { workflowId: string; build: string | null }[]; stranded: Stranded[] }> {
  const operations = await runningExecutions(temporal);
  const pinned = operations.filter(({ build }) => build !== null) as { workflowId: string; build: string }[];
  if (pinned.length === 0) return { operations, stranded: [] };
  const workers = (await findWorkers(temporal)).filter((worker) => isThere(worker, nowMs));
  const builds = new Set(workers.map(({ build }) => build));
  const newest = (await currentBuild(temporal)) ?? 'BUILD';
  const stranded = pinned
    .filter(({ build }) => !builds.has(build))
    .map(({ workflowId, build }) => ({ workflowId, build, advice: adviceFor(workflowId, build, newest) }));
  return { operations, stranded };
}

/** They are few, and only their descriptions say the build. */
async function runningExecutions({ workflowService, namespace }: Temporal) {
  const found: { workflowId: string; build: string | null }[] = [];
  for (const workflowId of await runningIds({ workflowService, namespace })) {
    const execution = { workflowId };
    const { workflowExecutionInfo } = await workflowService.describeWorkflowExecution({
      namespace,
      execution,
    });
    found.push({ workflowId, build: buildOf(workflowExecutionInfo ?? {}) ?? null });
  }
  return found;
}

/** The build that an execution stays with; undefined: any may go on with it. */
export function buildOf({ versioningInfo }: Pick<ExecutionInfo, 'versioningInfo'>): string | undefined {
  const { deploymentVersion, versioningOverride } = versioningInfo ?? {};
  return versioningOverride?.pinned?.version?.buildId ?? deploymentVersion?.buildId ?? undefined;
}

async function runningIds({ workflowService, namespace }: Temporal): Promise<string[]> {
  const ids: string[] = [];
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await workflowService.listWorkflowExecutions({
      namespace,
      query: `(${SEARCH_ATTRIBUTES.operation.name} IS NOT NULL OR WorkflowType = "${WORKFLOW_TYPES.copyPass}") AND ExecutionStatus = "Running"`,
      nextPageToken,
    });
    ids.push(...(page.executions ?? []).flatMap(({ execution }) => execution?.workflowId ?? []));
    nextPageToken = page.nextPageToken ?? new Uint8Array();
  } while (nextPageToken.length > 0);
  return ids;
}

/** The build that new operations begin with; null: none, or Temporal knows no builds. */
export async function currentBuild({ workflowService, namespace }: Temporal): Promise<string | null> {
  const answer = await workflowService
    .describeWorkerDeployment({ namespace, deploymentName: DEPLOYMENT })
    .catch(() => undefined);
  return answer?.workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? null;
}

const adviceFor = (workflowId: string, build: string, newest: string): string =>
  `Start a worker of build ${build}. If there is none any more, give it to another build, whose workflows must be compatible: ` +
  `temporal workflow update-options --workflow-id ${workflowId} --versioning-override-behavior pinned ` +
  `--versioning-override-deployment-name ${DEPLOYMENT} --versioning-override-build-id ${newest}`;
