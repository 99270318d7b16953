// The `docker` command of the lab's SSH hosts: the calls that a migration makes, answered for the node LAB_NODE of the
// stand-in in LAB_DTR_DIR. The stand-in's containers are the ones there are.

import { readConfig } from './cluster.ts';
import { inspectContainers, listContainers, setContainerState } from './docker/containers.ts';
import { imageCommand, pullImage } from './docker/images.ts';
import { runContainer } from './docker/run.ts';
import { DockerError } from './docker/errors.ts';
import { volumeCommand } from './docker/volumes.ts';

const ENGINE_VERSION = '19.03.15';

process.exitCode = await main(
  process.argv.slice(2),
  process.env['LAB_DTR_DIR'] ?? '',
  process.env['LAB_NODE'] ?? '',
);

async function main(args: string[], dtrDir: string, node: string): Promise<number> {
  const host = { config: readConfig(dtrDir), dtrDir, node };
  const [command = '', ...rest] = args[0] === 'container' ? args.slice(1) : args;
  try {
    if (command === 'run') return await runContainer(host, rest);
    if (command === 'volume') print(await volumeCommand(host, rest));
    else if (command === 'ps' || command === 'ls') print(await listContainers(host, rest));
    else if (command === 'inspect') print(await inspectContainers(host, rest));
    else if (['start', 'stop', 'restart', 'kill'].includes(command))
      print(await setContainerState(host, command, rest));
    else if (command === 'image') print(imageCommand(host, rest));
    else if (command === 'pull') print(pullImage(host, rest));
    else if (command === 'version' || command === 'info' || command === '--version')
      print(version(command, rest));
    else throw new DockerError(`docker: '${command}' is not a docker command.\nSee 'docker --help'`, 1);
    return 0;
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error.status;
  }
}

function version(command: string, args: string[]): string[] {
  if (command === '--version') return [`Docker version ${ENGINE_VERSION}, build lab`];
  return args.some((arg) => arg.startsWith('--format') || arg === '-f')
    ? [ENGINE_VERSION]
    : [
        `Client: Docker Engine\n Version: ${ENGINE_VERSION}\n\nServer: Docker Engine\n Version: ${ENGINE_VERSION}`,
      ];
}

function print(lines: string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}
