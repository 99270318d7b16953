// One process of a plain registry, started with the configuration that it has at this moment.

import { readFile } from 'node:fs/promises';
import { request } from 'undici';
import { openAgent } from '../content/registry-client.ts';
import { startProcess } from '../process.ts';

export type ServedRegistry = {
  /** Of its process. */
  name: string;
  command: string;
  config: string;
  address: string;
  port: number;
  /** PEM file. */
  ca: string;
  /** Further variables. */
  env: Record<string, string>;
};

/** Returns when it answers; fails when it ends at once. */
export async function startServed(dir: string, served: ServedRegistry): Promise<void> {
  const ca = await readFile(served.ca, 'utf8');
  await startProcess(dir, {
    name: served.name,
    command: served.command,
    args: ['serve', served.config],
    // A CA bundle for AWS makes the S3 driver panic, and credentials are to come from the configuration alone.
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: dir, OTEL_TRACES_EXPORTER: 'none', ...served.env },
    ready: () => answers(served, ca),
  });
}

async function answers({ address, port }: ServedRegistry, ca: string): Promise<boolean> {
  const dispatcher = openAgent(ca);
  try {
    const { statusCode, body } = await request(`https://${address}:${port}/v2/`, { dispatcher });
    await body.dump();
    return statusCode === 200 || statusCode === 401;
  } finally {
    await dispatcher.destroy();
  }
}
