// The lab's Temporal: the dev server with its Web UI, Transship's search attributes and a file as its memory, so that a lab
// that was ended and started again still knows its workflows.

import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../contracts/names.ts';
import { startProcess } from '../process.ts';

export const TEMPORAL_PROCESS = 'temporal';
const NAMESPACE = 'default';
const CONNECT_TIMEOUT_MS = 1000;
/**
 * How often in a second a shard looks for what it has to hand out. The usual 20 is for servers of hundreds of shards; the dev
 * server has one, and every step of a workflow would wait 50 ms for it.
 */
const SHARD_LOOKS = 'history.transferProcessorMaxPollRPS=1000';
/** The command line's spelling of the types. */
const CLI_TYPES = { KEYWORD: 'Keyword', BOOL: 'Bool' } as const;

export type TemporalServer = { address: string; ui: string };

export async function startTemporal(
  dir: string,
  options: {
    port: number;
    uiPort: number;
    temporal: string;
    /** Quicker by a fifth; what it knows ends with it. */
    inMemory?: boolean;
  },
): Promise<TemporalServer> {
  const address = `127.0.0.1:${options.port}`;
  await startProcess(dir, {
    name: TEMPORAL_PROCESS,
    command: options.temporal,
    args: [
      ['server', 'start-dev', '--ip', '127.0.0.1', '--port', `${options.port}`],
      ['--ui-ip', '127.0.0.1', '--ui-port', `${options.uiPort}`, '--namespace', NAMESPACE],
      options.inMemory === true ? [] : ['--db-filename', join(dir, 'temporal.db')],
      ['--log-level', 'warn', '--dynamic-config-value', SHARD_LOOKS],
      ...Object.values(SEARCH_ATTRIBUTES).flatMap(({ name, type }) => [
        '--search-attribute',
        `${name}=${CLI_TYPES[type]}`,
      ]),
    ].flat(),
    ready: () => answers(address),
  });
  return { address, ui: `http://127.0.0.1:${options.uiPort}` };
}

async function answers(address: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: CONNECT_TIMEOUT_MS });
  try {
    await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
    return true;
  } finally {
    await connection.close();
  }
}
