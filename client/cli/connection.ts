// Connects to Temporal as the `temporal` command does: a profile of the configuration file, then variables, then
// options. https://docs.temporal.io/develop/environment-configuration

import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { CliError } from './cli-error.ts';
import type { Io } from './io.ts';
import type { TemporalOptions } from './options.ts';

const CONNECT_TIMEOUT = '5s';
const DEFAULT_NAMESPACE = 'default';

/** Runs `use` with a client and closes the connection in any case. */
export async function withClient<T>(
  options: TemporalOptions,
  io: Io,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const { connectionOptions, namespace } = configOf(options, io);
  const address = options.address ?? connectionOptions.address;
  const connection = await Connection.connect({
    ...connectionOptions,
    ...(address !== undefined && { address }),
    connectTimeout: CONNECT_TIMEOUT,
  }).catch((error: unknown) => {
    throw new CliError(
      'unreachable',
      `Temporal cannot be reached at ${address ?? 'localhost:7233'}: ${(error as Error).message}`,
      { advice: 'Check --address, --profile or TEMPORAL_ADDRESS, and that the server is up.' },
    );
  });
  try {
    return await use(
      new Client({ connection, namespace: options.namespace ?? namespace ?? DEFAULT_NAMESPACE }),
    );
  } finally {
    await connection.close();
  }
}

function configOf(options: TemporalOptions, io: Io) {
  try {
    return loadClientConnectConfig({
      ...(options.profile !== undefined && { profile: options.profile }),
      overrideEnvVars: Object.fromEntries(
        Object.entries(io.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
    });
  } catch (error) {
    throw new CliError(
      'invalidInput',
      `the Temporal configuration cannot be used: ${(error as Error).message}`,
    );
  }
}
