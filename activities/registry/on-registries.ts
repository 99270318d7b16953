// Each call of an activity opens its registry for itself and closes it, and a cancelled one ends with the cancellation and
// not with whatever broke because of it.

import { withHeartbeat } from '../concurrency/heartbeat.ts';
import type { Environment } from '../environment.ts';
import type { ControlPlane } from './control-plane.ts';
import { openRegistry } from './open-registry.ts';

export const onRegistries =
  (environment: Environment) =>
  <Request extends { registry: string }, Result>(
    run: (registry: ControlPlane, request: Request) => Promise<Result>,
  ) =>
  async (request: Request): Promise<Result> =>
    await withHeartbeat(environment, async (meter) => {
      const registry = await openRegistry(environment, request.registry, meter);
      try {
        return await run(registry, request);
      } finally {
        await registry.close();
      }
    });
