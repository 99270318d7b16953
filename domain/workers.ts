// Workers as Temporal lists them. A worker says in its identity which build and which inventory it has, because that is the
// one text of a worker that Temporal shows everywhere: in each event of a history, in its UI, to every client.

import type { FoundWorker } from '../contracts/worker-activities.ts';
import { windowTaskQueue } from '../contracts/names.ts';

/** The name of Transship among Temporal's worker deployments. */
export const DEPLOYMENT = 'transship';

/** A worker asks for work about once in a minute, or sooner. */
export const SEEN_WITHIN_MS = 75_000;

export type Poller = { taskQueue: string; identity: string; lastSeen: string };

const IDENTITY = /^(\S+) build=(\S+) inventory=(\S+)$/;

export const identityOf = (process: string, build: string, inventory: string): string =>
  `${process} build=${build} inventory=${inventory}`;

/** Those who polled, each once, by their processes. */
export function workersOf(pollers: Poller[]): FoundWorker[] {
  const found = new Map<string, FoundWorker>();
  for (const { taskQueue, identity, lastSeen } of pollers) {
    const [, process = identity, build = null, inventory = null] = IDENTITY.exec(identity) ?? [];
    const known = found.get(identity) ?? { process, build, inventory, taskQueues: [], lastSeen };
    if (!known.taskQueues.includes(taskQueue)) known.taskQueues.push(taskQueue);
    if (known.lastSeen < lastSeen) known.lastSeen = lastSeen;
    found.set(identity, known);
  }
  return [...found.values()].sort((a, b) => (a.process < b.process ? -1 : 1));
}

/** Does it work still, as far as can be known? */
export const isThere = ({ lastSeen }: FoundWorker, nowMs: number): boolean =>
  nowMs - Date.parse(lastSeen) < SEEN_WITHIN_MS;

/**
 * What keeps a migration on these queues from beginning; `workers` are those that are there. A worker whose slots are all
 * held asks for nothing; those of the window are never all held, so that only these queues tell.
 */
export function findingsOf(workers: FoundWorker[], taskQueues: string[]): string[] {
  const inventories = groupBy(workers, ({ inventory }) => inventory ?? 'unknown');
  const lacking = taskQueues
    .map(windowTaskQueue)
    .filter((queue) => !workers.some((worker) => worker.taskQueues.includes(queue)));
  return [
    ...(inventories.size > 1
      ? [
          `The workers have different inventories (${[...inventories].map(([digest, those]) => `${digest}: ${those.map(({ process }) => process).join(', ')}`).join('; ')}): which one would be used is chance. Give all of them the same file and restart them; one that has ended is seen for about a minute.`,
        ]
      : []),
    ...lacking.map((queue) => {
      const place = queue.split('@')[1];
      const how = place === undefined ? '' : `: start one there with --bound-to ${place}`;
      return `No worker takes the task queue ${queue}${how}.`;
    }),
  ];
}

function groupBy<T>(all: T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}
