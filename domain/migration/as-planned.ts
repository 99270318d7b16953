// What of a registry must be as the plan found it, whenever it is looked at again before the point of no return.

import type { RegistryState } from '../../contracts/registry-activities.ts';

/** As sentences without their end; empty: all is as it was. `readOnly`: what it has to be now. */
export function changesOf(planned: RegistryState, now: RegistryState, readOnly: boolean): string[] {
  const changes: string[] = [];
  const compare = (what: string, then: unknown, later: unknown): void => {
    const [a, b] = [then, later].map((value) => JSON.stringify(value)) as [string, string];
    if (a !== b) changes.push(`its ${what} was ${a} and is ${b}`);
  };
  compare('version', planned.version, now.version);
  compare('storage', planned.storage, now.storage);
  // One that does not answer now is another matter: it is said where it is needed
  if (flagsOf(planned) !== null && flagsOf(now) !== null) compare('own tool', flagsOf(planned), flagsOf(now));
  compare('replicas', ids(planned), ids(now));
  const ill = now.replicas.filter(({ healthy }) => !healthy);
  for (const { id, message } of ill) changes.push(`replica ${id} is not healthy (${message})`);
  if (now.collection.words.length > 0)
    changes.push(
      `somebody has turned garbage collection on again (${now.collection.words.join(', ')}), which would delete what is not verified yet`,
    );
  for (const { action, id, status } of now.runningTasks) changes.push(`task ${action} (${id}) is ${status}`);
  if (now.readOnly !== readOnly)
    changes.push(
      readOnly
        ? 'somebody has turned read-only off'
        : 'somebody has set it read-only, and would be surprised when it accepts pushes again',
    );
  return changes;
}

const ids = ({ replicas }: RegistryState): string[] => replicas.map(({ id }) => id).sort();

const flagsOf = ({ tool }: RegistryState): string[] | null =>
  tool !== undefined && 'flags' in tool ? tool.flags : null;
