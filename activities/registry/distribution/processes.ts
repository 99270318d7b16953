// The processes of a registry on its host, as far as our user there may see them: who collects garbage right now, and which
// variables override the configuration. REGISTRY_STORAGE and all that begin so win over the file, so that a change of it
// would change nothing, or keep the registry from starting.

import type { DistributionReplica } from './distribution.ts';

/** `variables`: names alone; null: they cannot be seen. */
export type RegistryProcess = {
  pid: string;
  command: 'serve' | 'garbage-collect';
  variables: string[] | null;
};

/**
 * Argument: the path of the configuration as the process sees it. Prints of each process that was started with it: pid,
 * command, `?` or `=`, and the names of the variables.
 */
const LIST_PROCESSES = `for folder in /proc/[0-9]*; do
  line=$(tr '\\0' '\\n' < "$folder/cmdline" 2> /dev/null) || continue
  printf '%s\\n' "$line" | grep -qxF -e "$1" || continue
  command=$(printf '%s\\n' "$line" | grep -xE -m1 'serve|garbage-collect') || continue
  if names=$(tr '\\0' '\\n' < "$folder/environ" 2> /dev/null); then
    printf '%s %s =' "\${folder#/proc/}" "$command"
    printf '%s\\n' "$names" | grep -oE '^REGISTRY_STORAGE[A-Z0-9_]*' | sort | tr '\\n' ' ' | sed 's/^/ /'
    echo
  else
    printf '%s %s ?\\n' "\${folder#/proc/}" "$command"
  fi
done`;

export async function listProcesses({ host, entry }: DistributionReplica): Promise<RegistryProcess[]> {
  const config = entry.configInside ?? entry.config;
  const { stdout } = await host.run(['sh', '-c', LIST_PROCESSES, 'sh', config]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [pid = '', command = '', seen, ...variables] = line.split(' ').filter((word) => word !== '');
      return {
        pid,
        command: command as RegistryProcess['command'],
        variables: seen === '=' ? variables : null,
      };
    });
}

/** Is its own process among them? If not, nobody sees those that collect or write beside it either (`hidepid` of `/proc`). */
export const isSeen = (processes: RegistryProcess[]): boolean =>
  processes.some(({ command }) => command === 'serve');

/** In words; undefined: nobody collects there. */
export async function collectionAt(replica: DistributionReplica): Promise<string | undefined> {
  const found = (await listProcesses(replica)).find(({ command }) => command === 'garbage-collect');
  return found === undefined ? undefined : `garbage-collect (process ${found.pid}) on ${replica.host.name}`;
}
