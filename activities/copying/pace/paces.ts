// The paces of one worker: all its shards between the same two storages share one, and all its copying from under one
// registry shares the watch of it.

import type { CopyingPolicy } from '../../../contracts/inventory.ts';
import type { StorageActivities } from '../../../contracts/storage-activities.ts';
import type { Meter } from '../../concurrency/heartbeat.ts';
import { createTuner, type Pace, type Tuner } from './pace.ts';
import { createRegistryWatch, type OpenProber, type RegistryWatch } from './registry-watch.ts';

type Request = Pick<Parameters<StorageActivities['planPass']>[0], 'source' | 'destination' | 'yieldTo'>;

export type Paces = {
  /** Carries out `work` at the pace that the inventory's `copying` allows between these storages. */
  during<T>(request: Request, meter: Meter, work: (pace: Pace) => Promise<T>): Promise<T>;
};

export function createPaces(copying: CopyingPolicy, openProber: OpenProber): Paces {
  const tuners = new Map<string, Tuner>();
  const watches = new Map<string, RegistryWatch>();

  const watchOf = (registry: string, slowdown: number): RegistryWatch =>
    kept(watches, registry, () => createRegistryWatch(() => openProber(registry), slowdown));

  return {
    async during({ source, destination, yieldTo }, meter, work) {
      const tuner = kept(tuners, JSON.stringify([source, destination]), () => createTuner(copying));
      if (yieldTo === null) return await work(tuner.paceFor(null));
      if (copying.yieldAtSlowdown === null) return await work(tuner.paceFor({ wait: () => false }));
      const watch = watchOf(yieldTo, copying.yieldAtSlowdown);
      await meter.patiently(watch.begin());
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
