// The pass that finds nothing to do, as the last one in the window does: what counts are the listings, and the memory.

import { join } from 'node:path';
import { rowOf, type Bench } from './bench.ts';
import { makeEqualTrees } from './data.ts';
import { rclone } from './peers.ts';
import { fastest, runTimed } from './run-timed.ts';
import { transship } from './transship.ts';

const OBJECTS = { small: 50_000, full: 1_000_000 };

export const noOpDelta: Bench = {
  name: 'no-op-delta',
  title: 'A delta without differences',
  async run(context) {
    const { dir, peers, s3, scale } = context;
    const [one, other] = [join(dir, 'equal-one'), join(dir, 'equal-other')];
    makeEqualTrees(one, other, OBJECTS[scale]);
    const storages = {
      one: { kind: 'filesystem' as const, path: one },
      other: { kind: 'filesystem' as const, path: other },
    };
    const times = await fastest(Math.min(context.repeats, 2), {
      ours: async () => await transship(context, storages, ['storage', 'diff', 'one', 'other']),
      rclone: async () => await runTimed(rclone(peers, ['sync', '--dry-run'], s3.access, one, other)),
    });
    const what = `${OBJECTS[scale].toLocaleString('en')} objects on both sides, directories`;
    return [rowOf(what, 'rclone sync', times.ours, times.rclone, 0.5)];
  },
};
