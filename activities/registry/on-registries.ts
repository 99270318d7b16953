// Each call of an activity opens its registry for itself and closes it, and a cancelled one ends with the cancellation and
// not with whatever broke because of it.

import { withHeartbeat } from '../concurrency/heartbeat.ts';
import type { Environment } from '../environment.ts';
import type { ControlPlane } from './control-plane.ts';
import { openRegistry } from './open-registry.ts';

export const onRegistries =
  (environment: Environment) =>
  <Request extends { registry: string; without?: string[] }, Result>(
    run: (registry: ControlPlane, request: Request) => Promise<Result>,
  ) =>
  async (request: Request): Promise<Result> =>
    await withHeartbeat(environment, async (meter) => {
      const registry = await openRegistry(environment, request.registry, meter);
      try {
        return await run(leavingOut(registry, request.without ?? []), request);
      } finally {
        await registry.close();
      }
    });

/** They are members no more as far as this call is concerned; what answers by itself is asked all the same. */
const leavingOut = (registry: ControlPlane, without: readonly string[]): ControlPlane => ({
  ...registry,
  storage: async () => await registry.storage(without),
  members: async () => (await registry.members()).filter(({ id }) => !without.includes(id)),
  healthProblem: async (replicas) =>
    await registry.healthProblem(replicas.filter((id) => !without.includes(id))),
  setReadOnly: async (on, _, afterCollection) => await registry.setReadOnly(on, without, afterCollection),
});
