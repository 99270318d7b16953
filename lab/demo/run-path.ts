// One migration of the lab's registry as its people would live it: a pusher that never stops, approvals by plain
// signals, the worker killed during the copy and again inside the window; then everything is counted and pulled from
// the new storage, with the old one taken away. Used by the demo and by the end-to-end tests.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { statusOf, type OperationHandle } from '../../client/operations.ts';
import type { MigrationResult } from '../../contracts/migration.ts';
import {
  MIGRATION_WORKFLOW_TYPE,
  type MigrationPath,
  operationWorkflowId,
  TASK_QUEUE,
} from '../../contracts/names.ts';
import type { MigrationStepId } from '../../contracts/plan.ts';
import { pullAll, type TagToPull } from '../content/pull-all.ts';
import { startPusher } from '../content/pusher.ts';
import type { LabApi } from '../content/lab-api.ts';
import { labApi, labClient, labStatus } from '../estate/estate.ts';
import { startWorker, WORKER_PROCESS } from '../servers/worker.ts';
import { killProcess } from '../process.ts';
import type { Progress } from '../progress.ts';
import { takeSourceAway } from './take-source-away.ts';

const POLL_INTERVAL_MS = 100;
const PUSH_INTERVAL_MS = 400;
/** So that a crash is one, and not a quick restart. */
const WORKER_DOWN_MS = 300;
/** Steps inside the window in the first of which the worker is killed: those that nobody would dare to interrupt. */
const KILLED_IN: Record<MigrationPath, readonly MigrationStepId[]> = {
  'best-practice': ['bring-up', 'join', 'verify'],
  'read-only': ['switch-storage', 'verify'],
};

export type PathRun = {
  outcome: MigrationResult['outcome'] | 'failed';
  objects: number;
  bytes: number;
  tags: { before: number; after: number };
  pushes: { acknowledged: number; found: number; refused: number };
  /** Tags pulled whole from the new storage, of all there are. */
  pulled: { tags: number; bytes: number; problems: string[] };
  /** Are the schedules of garbage collection the same as before? */
  schedulesAsBefore: boolean;
  garbageCollection: MigrationResult['garbageCollection'];
  workerKills: number;
  windowSeconds: number;
  /** Absolute path of the report. */
  report: string;
  workflowId: string;
  runId: string;
};

export type PathOptions = {
  dir: string;
  path: MigrationPath;
  destination?: string;
  pushIntervalMs?: number;
  progress: Progress;
};

export async function runPath(options: PathOptions): Promise<PathRun> {
  const { dir, path, progress } = options;
  const lab = await labStatus(dir);
  const connection = await Connection.connect({ address: lab.temporal.address });
  const client = new Client({ connection });
  const registry = await labClient(dir);
  const api = await labApi(dir);
  const restartWorker = async (): Promise<void> => {
    await killProcess(dir, WORKER_PROCESS);
    await sleep(WORKER_DOWN_MS);
    await startWorker(dir, { inventory: lab.inventory, temporalAddress: lab.temporal.address });
  };
  const pusher = startPusher(registry, {
    repositories: ['admin/pushed-during-the-move', 'admin/pushed-as-well'],
    prefix: path,
    intervalMs: options.pushIntervalMs ?? PUSH_INTERVAL_MS,
  });
  try {
    const schedules = JSON.stringify(await api.schedules());
    const handle = await client.workflow.start(MIGRATION_WORKFLOW_TYPE[path], {
      workflowId: operationWorkflowId({ kind: 'registry', name: lab.registry.name }),
      taskQueue: TASK_QUEUE,
      args: [
        {
          registry: lab.registry.name,
          destination: options.destination ?? lab.destination,
          window: { budget: '10m' },
          dryRun: false,
        },
      ],
    });
    const workerKills = await accompany(client, handle, path, restartWorker, progress);
    const result = (await handle.result()) as MigrationResult;
    const { acknowledged, refused } = await pusher.stop();
    progress.say(
      `  moved; ${acknowledged.length} pushes were acknowledged meanwhile, ${refused.length} refused and tried again`,
    );

    await takeSourceAway(dir);
    const tags = await everyTag(api, acknowledged);
    const pulled = await pullAll(registry, tags, (done, total) =>
      progress.bar('  pull everything from the new storage', done, total, 'tags'),
    );
    const lost = new Set(pulled.problems.map(({ repository, tag }) => `${repository}:${tag}`));
    return {
      outcome: result.outcome,
      objects: result.objects,
      bytes: result.bytes,
      tags: { before: result.tagsBefore.tags, after: result.tagsAfter?.tags ?? 0 },
      pushes: {
        acknowledged: acknowledged.length,
        found: acknowledged.filter(({ repository, tag }) => !lost.has(`${repository}:${tag}`)).length,
        refused: refused.length,
      },
      pulled: {
        tags: pulled.pulled,
        bytes: pulled.bytes,
        problems: pulled.problems.map(({ repository, tag, problem }) => `${repository}:${tag}: ${problem}`),
      },
      schedulesAsBefore: JSON.stringify(await api.schedules()) === schedules,
      garbageCollection: result.garbageCollection,
      workerKills,
      windowSeconds: result.windowSeconds ?? 0,
      report: join(dir, 'journal', result.report),
      workflowId: handle.workflowId,
      runId: handle.firstExecutionRunId,
    };
  } finally {
    await pusher.stop();
    await registry.close();
    await api.close();
    await connection.close();
  }
}

/** Watches a migration to its end, approves what it asks, kills the worker twice. Returns the number of kills. */
async function accompany(
  client: Client,
  handle: OperationHandle,
  path: MigrationPath,
  restartWorker: () => Promise<void>,
  progress: Progress,
): Promise<number> {
  const shown = new Set<string>();
  const tell = (line: string): void => {
    if (!shown.has(line)) progress.say(`  ${line}`);
    shown.add(line);
  };
  let killedCopying = false;
  let killedInWindow = false;
  for (;;) {
    const status = await statusOf(client, handle).catch(() => null);
    if (status === null) {
      if ((await handle.describe()).status.name !== 'RUNNING') break;
      await sleep(POLL_INTERVAL_MS);
      continue;
    }
    const { step, waitingFor, window } = status;
    tell(`[${status.phase}] ${step.number === null ? '' : `${step.number}. `}${step.title}`);
    if (waitingFor !== null) {
      const { id: question, planDigest } = waitingFor;
      tell(`a person approves "${question}": ${waitingFor.text}`);
      await handle.signal('approve', { question, planDigest, by: 'operator@lab', comment: 'as planned' });
    }
    if (!killedCopying && status.phase === 'copying' && status.progress.objects.done > 0) {
      killedCopying = true;
      tell('the worker is killed with SIGKILL in the middle of the copy, and started again');
      await restartWorker();
    }
    const inWindow = window.openedAt !== null && window.closedAt === null;
    if (!killedInWindow && inWindow && (KILLED_IN[path] as readonly string[]).includes(step.id)) {
      killedInWindow = true;
      tell(
        `the worker is killed with SIGKILL inside the window, during step ${step.number}, and started again`,
      );
      await restartWorker();
    }
    if (status.phase === 'done' || status.phase === 'failed') break;
    await sleep(POLL_INTERVAL_MS);
  }
  return Number(killedCopying) + Number(killedInWindow);
}

/** What the registry lists now, and every acknowledged push whether it is listed or not. */
async function everyTag(api: LabApi, acknowledged: TagToPull[]): Promise<TagToPull[]> {
  const tags = new Map<string, TagToPull>();
  for (const tag of [...(await api.listTags()), ...acknowledged])
    tags.set(`${tag.repository}:${tag.tag}`, tag);
  return [...tags.values()];
}
