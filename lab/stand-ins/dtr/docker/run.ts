// `docker run` of the bootstrapper.

import { Readable } from 'node:stream';
import { runBootstrapper } from '../bootstrapper/main.ts';
import { DockerError } from './errors.ts';
import type { DockerHost } from './errors.ts';
import { bootstrapperImage } from './images.ts';
import { readOptions } from './options.ts';

const OPTIONS = {
  valued: [
    '--env',
    '-e',
    '--log-driver',
    '--name',
    '--security-opt',
    '--volume',
    '-v',
    '--network',
    '--label',
    '-l',
    '--pull',
  ],
  switches: ['--rm', '--interactive', '-i', '--tty', '-t', '--detach', '-d', '--init'],
};
const CLIENT_ERROR = 1;
const DAEMON_ERROR = 125;

export async function runContainer(host: DockerHost, args: string[]): Promise<number> {
  const options = readOptions(args, OPTIONS, true);
  const [reference, ...command] = options.rest;
  if (reference === undefined)
    throw new DockerError('"docker run" requires at least 1 argument.', CLIENT_ERROR);
  const isInteractive = options.isOn('--interactive', '-i');
  const hasTty = options.isOn('--tty', '-t');
  if (isInteractive && hasTty && !process.stdin.isTTY)
    throw new DockerError('the input device is not a TTY', CLIENT_ERROR);
  const image = bootstrapperImage(host, reference);
  if (image === undefined)
    throw new DockerError(
      `Unable to find image '${reference}' locally\ndocker: Error response from daemon: manifest for ${reference} not found: manifest unknown.`,
      DAEMON_ERROR,
    );
  return runBootstrapper({
    config: host.config,
    dtrDir: host.dtrDir,
    image: image.name,
    tag: image.tag,
    args: command,
    env: environmentOf(options.all('--env', '-e')),
    stdin: isInteractive ? process.stdin : Readable.from([]),
    stdout: process.stdout,
    stderr: process.stderr,
    isInteractive,
    hasTty,
  });
}

/** `NAME=VALUE`, or `NAME` alone for the value that the client has; a name that the client does not have is left out. */
function environmentOf(options: string[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const option of options) {
    const mark = option.indexOf('=');
    const name = mark < 0 ? option : option.slice(0, mark);
    const value = mark < 0 ? process.env[name] : option.slice(mark + 1);
    if (value !== undefined) env[name] = value;
  }
  return env;
}
