// How a copy asks the registry above it whether its users wait: one question over a connection that stays open between
// the questions.

import type { Prober } from '../copying/pace/registry-watch.ts';
import type { Environment } from '../environment.ts';
import { openRegistry } from './open-registry.ts';

export async function openProber(environment: Environment, registry: string): Promise<Prober> {
  const stop = new AbortController();
  const opened = await openRegistry(environment, registry, {
    signal: stop.signal,
    patience: environment.patience,
    moved: () => undefined,
    patiently: (waited) => waited,
  });
  return {
    async ask() {
      const problem = await opened.ping();
      if (problem !== undefined) throw new Error(problem);
    },
    close: opened.close,
  };
}
