// The worker's connection to Temporal, as the `temporal` command makes it. What is wrong with it is said at once and in
// words: a worker that polls nothing looks like one that has nothing to do.

import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { StartFailure } from './start-failure.ts';

const DEFAULT_ADDRESS = 'localhost:7233';
const GRPC_NOT_FOUND = 5;

export type ConnectionOptions = {
  address?: string | undefined;
  namespace?: string | undefined;
  profile?: string | undefined;
  env: NodeJS.ProcessEnv;
};

/** `StartFailure` if there is no such server, profile or namespace. */
export async function connect(
  options: ConnectionOptions,
): Promise<{ connection: NativeConnection; namespace: string }> {
  const config = configOf(options);
  const address = options.address ?? config.connectionOptions.address ?? DEFAULT_ADDRESS;
  const connection = await NativeConnection.connect({ ...config.connectionOptions, address }).catch(
    (error: unknown) => {
      throw new StartFailure(
        'unreachable',
        `Temporal cannot be reached at ${address}: ${(error as Error).message}`,
        { cause: error },
      );
    },
  );
  const namespace = options.namespace ?? config.namespace ?? 'default';
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    // Whoever may not ask about a namespace may work in it nevertheless.
    if ((error as { code?: unknown }).code === GRPC_NOT_FOUND) {
      await connection.close();
      throw new StartFailure('invalidInput', `Temporal at ${address} has no namespace "${namespace}"`, {
        cause: error,
      });
    }
  }
  return { connection, namespace };
}

function configOf({ profile, env }: ConnectionOptions) {
  try {
    return loadClientConnectConfig({
      ...(profile !== undefined && { profile }),
      overrideEnvVars: Object.fromEntries(
        Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
    });
  } catch (error) {
    throw new StartFailure(
      'invalidInput',
      `the Temporal configuration cannot be used: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
