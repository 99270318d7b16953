// The same pass by one worker and by two, against a store that is far away: what one worker may have in flight is what
// limits it, and a second one doubles that.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { Client, Connection } from '@temporalio/client';
import type { copyPass } from '../workflows/migration/copy-pass.ts';
import { TASK_QUEUE } from '../contracts/names.ts';
import { freePort } from '../lab/free-port.ts';
import { ensureTools } from '../lab/tools/ensure-tools.ts';
import { startTemporal } from '../lab/servers/temporal.ts';
import { startProcess, stopProcess } from '../lab/process.ts';
import { rowOf, type Bench, type BenchContext } from './bench.ts';
import { makeSmallObjects } from './data.ts';
import { gone, prefixOf } from './empty-places.ts';
import { fastest, type Timed } from './run-timed.ts';
import { writeInventory } from './transship.ts';

const OBJECTS = { small: 1500, full: 6000 };
/** One way; a round trip takes twice as long. */
const LATENCY_MS = 25;
/** Objects in flight on one worker. */
const IN_FLIGHT = 16;
const LISTS_IN_FLIGHT = 8;
/** 1.8 times faster. */
const TARGET = 1 / 1.8;

export const twoWorkers: Bench = {
  name: 'two-workers',
  title: 'Two workers against one, with a store 50 ms away',
  async run(context) {
    const { dir, s3, scale } = context;
    const source = join(dir, 'spread');
    makeSmallObjects(source, OBJECTS[scale]);
    const place = prefixOf(context, 'spread');
    const proxyPort = await freePort();
    const serverPort = new URL(s3.access.endpoint).port;
    await startProcess(dir, {
      name: 'latency-proxy',
      command: process.execPath,
      args: [join(import.meta.dirname, 'latency-proxy-main.ts'), `${proxyPort}`, serverPort, `${LATENCY_MS}`],
      ready: async () => (await fetch(`http://127.0.0.1:${proxyPort}`)).status > 0,
    });
    const far = { ...place.bucket, regionendpoint: `http://127.0.0.1:${proxyPort}` };
    const inventory = await writeInventory(
      context,
      dir,
      { here: { kind: 'filesystem', path: source }, there: far },
      { copying: { concurrency: { min: IN_FLIGHT, max: IN_FLIGHT } } },
    );
    const temporal = await startTemporal(dir, {
      port: await freePort(),
      uiPort: await freePort(),
      temporal: (await ensureTools(context.progress)).temporal,
    });
    const { code } = await bundleWorkflowCode({
      workflowsPath: join(import.meta.dirname, '../test/support/pass-parent.ts'),
    });
    const bundle = join(dir, 'workflows.js');
    await writeFile(bundle, code);
    const connection = await Connection.connect({ address: temporal.address });
    const pass = async (workers: number): Promise<Timed> => {
      await gone(place.folder);
      return await runPass(
        context,
        new Client({ connection }),
        { inventory, bundle, address: temporal.address },
        workers,
      );
    };
    try {
      const times = await fastest(context.repeats, { one: () => pass(1), two: () => pass(2) });
      const what = `${OBJECTS[scale].toLocaleString('en')} small objects, ${IN_FLIGHT} in flight on each worker`;
      return [rowOf(what, 'one worker', times.two, times.one, TARGET)];
    } finally {
      await connection.close();
      for (const name of ['temporal', 'latency-proxy']) await stopProcess(dir, name);
    }
  },
};

let runs = 0;

async function runPass(
  { dir, s3 }: BenchContext,
  client: Client,
  { inventory, bundle, address }: { inventory: string; bundle: string; address: string },
  workers: number,
): Promise<Timed> {
  const names = Array.from({ length: workers }, (_, index) => `worker-${index}`);
  const parent = `bench-${(runs += 1)}`;
  try {
    for (const name of names) {
      const metrics = await freePort();
      await startProcess(dir, {
        name,
        command: process.execPath,
        args: [
          join(import.meta.dirname, '../worker/main.ts'),
          ...[
            '--inventory',
            inventory,
            '--bundle',
            bundle,
            '--metrics',
            `127.0.0.1:${metrics}`,
            '--log-level',
            'warn',
          ],
        ],
        env: {
          ...process.env,
          TEMPORAL_ADDRESS: address,
          BENCH_ACCESS_KEY: s3.access.accessKey,
          BENCH_SECRET_KEY: s3.access.secretKey,
        },
        ready: async () => (await fetch(`http://127.0.0.1:${metrics}/metrics`)).ok,
      });
    }
    const args: Parameters<typeof copyPass> = [
      {
        ...{ job: '', pass: 1, source: 'here', destination: 'there', final: false },
        ...{ concurrency: LISTS_IN_FLIGHT, boundTo: null, yieldTo: null, binding: {} },
      },
    ];
    const startedAt = performance.now();
    await client.workflow.execute('passParent', {
      workflowId: parent,
      taskQueue: TASK_QUEUE,
      args,
    });
    return { seconds: (performance.now() - startedAt) / 1000, peakMiB: 0 };
  } finally {
    for (const name of names) await stopProcess(dir, name);
  }
}
