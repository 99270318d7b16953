// Runs the vendor's bootstrapper (dtr-msr.md §1) on a host as a remote job: once under its id, whatever happens to the
// worker or the connection. The arguments are built, never pasted; secrets travel in the environment.

import { dirname } from 'node:path/posix';
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
  /** Path of a file on the host that becomes the standard input. */
  stdinFile?: string;
};

export type BootstrapperResult = RemoteJobResult & { host: RemoteHost };

/** `CommandFailed` with the end of its log unless it ends well; the remote job has ended then and is not run again. */
export async function runBootstrapper(
  { name: registry, entry, environment, meter }: Dtr,
  { job, version, attempt = 1 }: PlannedRun,
  run: BootstrapperRun,
): Promise<BootstrapperResult> {
  const host = await environment.openHost(entry.bootstrapHost);
  const { name } = run.command;
  const id = remoteJobId(job, attempt === 1 ? run.id : `${run.id}-attempt-${attempt}`);
  const ucpCa = entry.ucp.ca === undefined ? '' : await environment.resolveSecret(entry.ucp.ca);
  const secretEnv: Record<string, string> = {
    UCP_PASSWORD: await environment.resolveSecret(entry.ucp.password),
  };
  for (const name of run.command.name === 'restore' ? (run.command.secrets ?? []) : [])
    secretEnv[SECRET_VARIABLES[name]] = await environment.resolveSecret(entry.restore![name]!);
  const result = await runRemoteJob(host, {
    id,
    argv: bootstrapperArgv(bootstrapperSetup(entry), version, run.command, {
      certificate: '',
      ca: '',
      ...run.texts,
      ucpCa,
    }),
    secretEnv,
    ...(run.stdinFile === undefined ? {} : { stdinFile: run.stdinFile }),
    signal: meter.signal,
    onPoll: () => meter.moved(),
  });
  if (result.status === 0) return { ...result, host };
  const folder = dirname(result.stdoutFile);
  throw new TransshipError(
    'CommandFailed',
    `${name} of ${registry} on ${host.name} ended with status ${result.status}: ${lastLines(result.stderrTail)}; ` +
      `when that is known, remove ${folder} on the host to let it run again`,
    { host: host.name, command: name, status: result.status, job: id, folder },
  );
}

export const remoteJobId = (job: string, id: string): string =>
  `${job.replaceAll(/[^A-Za-z0-9]+/g, '-')}-${id}`;

const lastLines = (log: string): string => log.trimEnd().split('\n').slice(-3).join(' | ');
