// Runs the vendor's bootstrapper (dtr-msr.md §1) on a host. What changes something is a remote job: once under its id, whatever
// happens to the worker or the connection. What only prints is a stream. The arguments are built, never pasted; secrets travel
// in the environment.

import { dirname } from 'node:path/posix';
import type { Readable } from 'node:stream';
import {
  bootstrapperArgv,
  type BootstrapperCommand,
  bootstrapperSetup,
  SECRET_VARIABLES,
} from '../../../domain/registries/dtr/bootstrapper-command.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { RemoteHost } from '../../hosts/remote-host.ts';
import { type RemoteJobResult, runRemoteJob } from '../../hosts/remote-job.ts';
import type { PlannedRun } from '../control-plane.ts';
import type { Dtr } from './dtr.ts';

type BootstrapperRun = {
  /** Unique within the migration, e.g. `destroy-000000000001`; with the journal's folder it names the remote job. */
  id: string;
  command: BootstrapperCommand;
  /** PEM of the registry's certificate and its CA, where the command names them. */
  texts?: { certificate: string; ca: string };
  /** Path of a file on the host that becomes the standard input. It is removed when the command has opened it. */
  stdinFile?: string;
};

/** The command has it open already, so that its bytes are there until it ends and not a moment longer, whoever still lives then. */
const REMOVE_INPUT = 'rm -f -- "$1"; shift; exec "$@"';

export type BootstrapperResult = RemoteJobResult & { host: RemoteHost };

/** `CommandFailed` with the end of its log unless it ends well; the remote job has ended then and is not run again. */
export async function runBootstrapper(
  dtr: Dtr,
  { job, version, attempt = 1 }: PlannedRun,
  run: BootstrapperRun,
): Promise<BootstrapperResult> {
  const { meter } = dtr;
  const { host, argv, secretEnv } = await prepared(dtr, version, run);
  const id = remoteJobId(job, attempt === 1 ? run.id : `${run.id}-attempt-${attempt}`);
  const { stdinFile } = run;
  const result = await runRemoteJob(host, {
    id,
    argv: stdinFile === undefined ? argv : ['sh', '-c', REMOVE_INPUT, 'sh', stdinFile, ...argv],
    secretEnv,
    ...(stdinFile !== undefined && { stdinFile }),
    signal: meter.signal,
    onPoll: () => meter.moved(),
  });
  if (result.status === 0) return { ...result, host };
  const folder = dirname(result.stdoutFile);
  const failure = commandFailed(dtr, host, run.command, { ...result, stderr: result.stderrTail });
  throw new TransshipError(
    'CommandFailed',
    `${failure.message}; when that is known, remove ${folder} on the host to let it run again`,
    { ...failure.details, job: id, folder },
  );
}

/**
 * What the command prints, while it prints it; nothing is kept on the host. Instead of ending it fails with `CommandFailed` and the
 * end of its log where the command does not end well, and with `HostUnreachable` where its connection breaks.
 */
export async function streamBootstrapper(
  dtr: Dtr,
  version: string,
  command: BootstrapperCommand,
): Promise<Readable> {
  const { host, argv, secretEnv } = await prepared(dtr, version, { command });
  const { stdin, stdout } = await host.stream(argv, {
    secretEnv,
    signal: dtr.meter.signal,
    failure: (status, stderr) => commandFailed(dtr, host, command, { status, stderr }),
  });
  stdin.end();
  return stdout;
}

async function prepared(
  { entry, environment }: Dtr,
  version: string,
  { command, texts }: Pick<BootstrapperRun, 'command' | 'texts'>,
): Promise<{ host: RemoteHost; argv: string[]; secretEnv: Record<string, string> }> {
  const host = await environment.openHost(entry.bootstrapHost);
  const ucpCa = entry.ucp.ca === undefined ? '' : await environment.resolveSecret(entry.ucp.ca);
  const secretEnv: Record<string, string> = {
    UCP_PASSWORD: await environment.resolveSecret(entry.ucp.password),
  };
  for (const name of command.name === 'restore' ? (command.secrets ?? []) : [])
    secretEnv[SECRET_VARIABLES[name]] = await environment.resolveSecret(entry.restore![name]!);
  const argv = bootstrapperArgv(bootstrapperSetup(entry), version, command, {
    certificate: '',
    ca: '',
    ...texts,
    ucpCa,
  });
  return { host, argv, secretEnv };
}

const commandFailed = (
  { name: registry }: Dtr,
  host: RemoteHost,
  { name }: BootstrapperCommand,
  { status, stderr }: { status: number; stderr: string },
): TransshipError =>
  new TransshipError(
    'CommandFailed',
    `${name} of ${registry} on ${host.name} ended with status ${status}: ${lastLines(stderr)}`,
    { host: host.name, command: name, status },
  );

export const remoteJobId = (job: string, id: string): string =>
  `${job.replaceAll(/[^A-Za-z0-9]+/g, '-')}-${id}`;

const lastLines = (log: string): string => log.trimEnd().split('\n').slice(-3).join(' | ');
