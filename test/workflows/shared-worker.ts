// One worker for the runs of a file: starting one for each costs a quarter of what a whole migration does. An activity is
// that of the run which asks for it.

import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { windowTaskQueue } from '../../contracts/names.ts';
import { type AllActivities, fakeActivities } from './fake-activities.ts';

export type SharedWorker = {
  taskQueue: string;
  /** What is asked by the workflow of this id and by its children. */
  serve(workflowId: string, activities: AllActivities): void;
  stop(): Promise<void>;
};

export async function startSharedWorker(
  taskQueue: string,
  { workflowBundle, ...options }: Omit<WorkerOptions, 'taskQueue' | 'activities'>,
): Promise<SharedWorker> {
  const served = new Map<string, AllActivities>();
  const names = Object.keys(fakeActivities({}).activities) as (keyof AllActivities)[];
  const activities = Object.fromEntries(
    names.map((name) => [
      name,
      async (request: never): Promise<unknown> => {
        const { workflowId } = activityInfo().workflowExecution!;
        const activity = served.get(workflowId.split('/')[0]!)?.[name];
        if (activity === undefined)
          throw ApplicationFailure.nonRetryable(`${workflowId} has no activity ${name}`);
        return await activity(request);
      },
    ]),
  );
  const common = { ...options, activities };
  const workers = [
    await Worker.create({ ...common, taskQueue, workflowBundle: workflowBundle! }),
    // As every worker does, it takes the steps of the window beside the queue.
    await Worker.create({ ...common, taskQueue: windowTaskQueue(taskQueue) }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  return {
    taskQueue,
    serve: (workflowId, run) => void served.set(workflowId, run),
    async stop() {
      for (const worker of workers) worker.shutdown();
      await running;
    },
  };
}
