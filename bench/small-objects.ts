// Many small objects: where the cost of each request and each fsync shows.

import { join } from 'node:path';
import { rowOf, type Bench } from './bench.ts';
import { makeSmallObjects } from './data.ts';
import { emptied, gone, prefixOf } from './empty-places.ts';
import { rclone, s5cmdCopy, thenSynced } from './peers.ts';
import { fastest, runTimed } from './run-timed.ts';
import { transship } from './transship.ts';

const OBJECTS = { small: 2000, full: 20_000 };

export const smallObjects: Bench = {
  name: 'small-objects',
  title: 'Small objects (links of 71 bytes, configurations of 1.5 kB)',
  async run(context) {
    const { dir, peers, s3, scale } = context;
    const source = join(dir, 'small');
    const target = join(dir, 'small-copy');
    makeSmallObjects(source, OBJECTS[scale]);
    const what = `${OBJECTS[scale].toLocaleString('en')} objects`;
    const here = { kind: 'filesystem' as const, path: source };
    const place = prefixOf(context, 'small');

    const toS3 = await fastest(context.repeats, {
      ours: async () => {
        await gone(place.folder);
        return await transship(context, { here, there: place.bucket }, ['storage', 'copy', 'here', 'there']);
      },
      rclone: async () => {
        await gone(place.folder);
        return await runTimed(rclone(peers, ['copy'], s3.access, source, place.rclone));
      },
      s5cmd: async () => {
        await gone(place.folder);
        return await runTimed(s5cmdCopy(peers, s3.access, source, place.s5cmd));
      },
    });
    const toFolder = await fastest(context.repeats, {
      ours: async () => {
        await emptied(target);
        const there = { kind: 'filesystem' as const, path: target };
        return await transship(context, { here, there }, ['storage', 'copy', 'here', 'there']);
      },
      rclone: async () => {
        await emptied(target);
        return await runTimed(rclone(peers, ['copy'], s3.access, source, target));
      },
      synced: async () => {
        await emptied(target);
        return await runTimed(thenSynced(rclone(peers, ['copy'], s3.access, source, target), target));
      },
    });
    return [
      rowOf(`${what}, directory → S3`, 'rclone copy', toS3.ours, toS3.rclone, 0.8),
      rowOf(`${what}, directory → S3`, 's5cmd cp', toS3.ours, toS3.s5cmd, 1),
      rowOf(`${what}, directory → directory`, 'rclone copy, not synced', toFolder.ours, toFolder.rclone, 0.8),
      rowOf(`${what}, directory → directory`, 'rclone copy, then sync', toFolder.ours, toFolder.synced, 0.8),
    ];
  },
};
