// The paces of one worker: all its shards between the same two storages share one, and all its copying from under one
// registry shares the watch of it.

import type { StorageActivities } from '../../../contracts/storage-activities.ts';
import type { Environment } from '../../environment.ts';
import type { Progress } from '../../concurrency/heartbeat.ts';
import { openRegistry } from '../../registry/open-registry.ts';
import { createTuner, type Pace, type Tuner } from './pace.ts';
import { createRegistryWatch, type RegistryWatch } from './registry-watch.ts';

type Request = Pick<Parameters<StorageActivities['planPass']>[0], 'source' | 'destination' | 'yieldTo'>;

export type Paces = {
  /** Carries out `work` at the pace that the inventory's `copying` allows between these storages. */
  during<T>(request: Request, progress: Progress, work: (pace: Pace) => Promise<T>): Promise<T>;
};

export function createPaces(environment: Environment): Paces {
  const { copying } = environment.inventory;
  const tuners = new Map<string, Tuner>();
  const watches = new Map<string, RegistryWatch>();

  const watchOf = (registry: string, slowdown: number): RegistryWatch =>
    kept(watches, registry, () =>
      createRegistryWatch(async () => {
        const stop = new AbortController();
        const opened = await openRegistry(environment, registry, {
          signal: stop.signal,
          patience: environment.patience,
          moved: () => undefined,
          patiently: (waited) => waited,
        });
        return {
          async ask() {
            const problem = await opened.api.ping();
            if (problem !== undefined) throw new Error(problem);
          },
          close: opened.close,
        };
      }, slowdown),
    );

  return {
    async during({ source, destination, yieldTo }, progress, work) {
      const tuner = kept(tuners, JSON.stringify([source, destination]), () => createTuner(copying));
      if (yieldTo === null) return await work(tuner.paceFor(null));
      if (copying.yieldAtSlowdown === null) return await work(tuner.paceFor({ wait: () => false }));
      const watch = watchOf(yieldTo, copying.yieldAtSlowdown);
      await progress.patiently(watch.begin());
      try {
        return await work(tuner.paceFor(watch));
      } finally {
        watch.end();
      }
    },
  };
}

function kept<T>(all: Map<string, T>, name: string, make: () => T): T {
  const one = all.get(name) ?? make();
  all.set(name, one);
  return one;
}
