// Runs the vendor's bootstrapper (dtr-msr.md §1) on a host as a remote job: once under its id, whatever happens to the
// worker or the connection. The arguments are built, never pasted; the password travels in the environment.

import type { RegistryEntry } from '../../contracts/inventory.ts';
import { bootstrapperImage } from '../../domain/recipes.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Environment } from '../environment.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { RemoteHost } from '../hosts/remote-host.ts';
import { type RemoteJobResult, runRemoteJob } from '../hosts/remote-job.ts';

export type BootstrapperRun = {
  registry: string;
  /** Journal folder of the migration; with `id` it names the remote job. */
  job: string;
  version: string;
  /** Unique within the migration, e.g. `destroy-000000000001`. */
  id: string;
  /** The command and its own flags, e.g. `['destroy', '--replica-id', '000000000001']`. */
  command: [string, ...string[]];
  /** Path of a file on the host that becomes the standard input. */
  stdinFile?: string;
};

export type BootstrapperResult = RemoteJobResult & { host: RemoteHost; jobId: string };

/** `CommandFailed` with the end of its log unless it ends well. */
export async function runBootstrapper(
  environment: Environment,
  run: BootstrapperRun,
): Promise<BootstrapperResult> {
  const entry = environment.inventory.registries[run.registry]!;
  const host = await environment.openHost(entry.bootstrapHost);
  const [name, ...flags] = run.command;
  const jobId = `${run.job.replaceAll(/[^A-Za-z0-9]+/g, '-')}-${run.id}`;
  const flagsOfUcp = await ucpFlags(environment, entry);
  const secretEnv = { UCP_PASSWORD: await environment.resolveSecret(entry.ucp.password) };
  const result = await withHeartbeat((progress) =>
    runRemoteJob(host, {
      id: jobId,
      // `-i` and never `-t`: the tar goes through stdin and stdout; no log driver, or it would land in the daemon's log too.
      argv: [
        ...['docker', 'run', '--rm', '-i', '--log-driver', 'none', '--env', 'UCP_PASSWORD'],
        ...[imageOf(entry, run.version), name, ...flagsOfUcp, ...flags],
      ],
      secretEnv,
      ...(run.stdinFile === undefined ? {} : { stdinFile: run.stdinFile }),
      signal: progress.signal,
      onPoll: () => progress.moved(),
    }),
  );
  if (result.status !== 0)
    throw new TransshipError(
      'CommandFailed',
      `${name} of ${run.registry} on ${host.name} ended with status ${result.status}: ${lastLines(result.stderrTail)}`,
      { host: host.name, command: name, status: result.status, job: jobId },
    );
  return { ...result, host, jobId };
}

const imageOf = (entry: RegistryEntry, version: string): string =>
  entry.bootstrapImage === undefined ? bootstrapperImage(version) : `${entry.bootstrapImage}:${version}`;

async function ucpFlags(environment: Environment, { ucp }: RegistryEntry): Promise<string[]> {
  const trust =
    ucp.ca === undefined ? ['--ucp-insecure-tls'] : ['--ucp-ca', await environment.resolveSecret(ucp.ca)];
  return ['--ucp-url', ucp.url, '--ucp-username', ucp.username, ...trust];
}

const lastLines = (log: string): string => log.trimEnd().split('\n').slice(-3).join(' | ');
