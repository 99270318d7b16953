// `npm run bench`: measures Transship beside the tools that people would use instead, on this machine, and prints the
// table of docs/performance.md. Everything is measured in one run, because only ratios of one run mean something.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { ensureTools } from '../lab/tools/ensure-tools.ts';
import { listProcesses, stopProcess } from '../lab/process.ts';
import { terminalProgress } from '../lab/progress.ts';
import type { Bench, Scale } from './bench.ts';
import { hostToS3 } from './host-to-s3.ts';
import { largeBlobs } from './large-blobs.ts';
import { noOpDelta } from './no-op-delta.ts';
import { ensurePeers } from './peers.ts';
import { reProof } from './re-proof.ts';
import { startServers } from './servers.ts';
import { smallObjects } from './small-objects.ts';
import { tableOf, type Measured } from './table.ts';
import { twoWorkers } from './two-workers.ts';

const BENCHES: Bench[] = [largeBlobs, smallObjects, noOpDelta, hostToS3, reProof, twoWorkers];

type Options = { scale: Scale; repeats: string; json?: string };

await new Command('bench')
  .description('measure Transship beside rclone, s5cmd and ssh tar, as ratios of one run')
  .argument('[names...]', `benches to run: ${BENCHES.map(({ name }) => name).join(', ')} (default: all)`)
  .addOption(
    new Option('--scale <scale>', 'size of the data; small shows only that everything runs')
      .choices(['small', 'full'])
      .default('full'),
  )
  .option('--repeats <n>', 'runs of each side in turn; the shortest time counts', '3')
  .option('--json <file>', 'also write the figures there')
  .action(async (names: string[], options: Options) => {
    const progress = terminalProgress();
    const { versitygw } = await ensureTools(progress);
    const peers = await ensurePeers(progress);
    const dir = await mkdtemp(join(tmpdir(), 'transship-bench-'));
    const measured: Measured[] = [];
    try {
      const servers = await startServers(dir, versitygw);
      for (const bench of BENCHES.filter(({ name }) => names.length === 0 || names.includes(name))) {
        progress.say(bench.title);
        const folder = await mkdtemp(join(dir, `${bench.name}-`));
        const { scale } = options;
        const context = { dir: folder, scale, repeats: Number(options.repeats), progress, peers, ...servers };
        measured.push({ title: bench.title, rows: await bench.run(context) });
        process.stdout.write(`${tableOf(measured.slice(-1))}\n`);
        await rm(folder, { recursive: true, force: true });
      }
      const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`;
      if (options.json !== undefined)
        await writeFile(options.json, JSON.stringify({ machine, measured }, null, 2));
    } finally {
      for (const { name } of await listProcesses(dir)) await stopProcess(dir, name);
      await rm(dir, { recursive: true, force: true });
    }
  })
  .parseAsync();
