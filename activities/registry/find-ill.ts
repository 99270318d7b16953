// Which replicas are not well: asked when a person gives up those that are not, so that nobody types an id in a window.

import type { RegistryActivities } from '../../contracts/registry-activities.ts';
import { unhealthyIsMissing } from '../concurrency/wait-until.ts';
import type { ControlPlane } from './control-plane.ts';

export async function findIll(registry: ControlPlane): ReturnType<RegistryActivities['findIll']> {
  const ill: { replica: string; problem: string }[] = [];
  const well: string[] = [];
  for (const { id } of await registry.members()) {
    const problem = await registry.healthProblem([id]).catch(unhealthyIsMissing);
    if (problem === undefined) well.push(id);
    else ill.push({ replica: id, problem });
  }
  return { ill, well };
}
