// Large blobs: a copy with proof against a copy and a check, and against a copy alone.

import { join } from 'node:path';
import { rowOf, type Bench } from './bench.ts';
import { makeLargeBlobs } from './data.ts';
import { emptied, gone, prefixOf } from './empty-places.ts';
import { rclone, s5cmdCopy, thenSynced } from './peers.ts';
import { fastest, runTimed, type Timed } from './run-timed.ts';
import { transship } from './transship.ts';

const MEBIBYTES = { small: 320, full: 1600 };

export const largeBlobs: Bench = {
  name: 'large-blobs',
  title: 'Large blobs (32 and 96 MiB)',
  async run(context) {
    const { dir, peers, s3, scale } = context;
    const source = join(dir, 'large');
    const target = join(dir, 'large-copy');
    makeLargeBlobs(source, MEBIBYTES[scale]);
    const what = `${MEBIBYTES[scale]} MiB of blobs`;
    const here = { kind: 'filesystem' as const, path: source };
    const place = prefixOf(context, 'large');
    const copyToS3 = async () => await runTimed(rclone(peers, ['copy'], s3.access, source, place.rclone));
    const copyToFolder = rclone(peers, ['copy'], s3.access, source, target);

    const toS3 = await fastest(context.repeats, {
      ours: async () => {
        await gone(place.folder);
        return await transship(context, { here, there: place.bucket }, ['storage', 'copy', 'here', 'there']);
      },
      copy: async () => {
        await gone(place.folder);
        return await copyToS3();
      },
      check: async () =>
        await runTimed(rclone(peers, ['check', '--download'], s3.access, source, place.rclone)),
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
      copy: async () => {
        await emptied(target);
        return await runTimed(copyToFolder);
      },
      synced: async () => {
        await emptied(target);
        return await runTimed(thenSynced(copyToFolder, target));
      },
      check: async () => await runTimed(rclone(peers, ['check', '--download'], s3.access, source, target)),
    });
    return [
      rowOf(
        `${what}, directory → S3`,
        'rclone copy + check --download',
        toS3.ours,
        both(toS3.copy, toS3.check),
        0.5,
      ),
      rowOf(`${what}, directory → S3`, 'rclone copy', toS3.ours, toS3.copy, 1),
      rowOf(`${what}, directory → S3`, 's5cmd cp', toS3.ours, toS3.s5cmd, 1),
      rowOf(
        `${what}, directory → directory`,
        'rclone copy, then sync, then check --download',
        toFolder.ours,
        both(toFolder.synced, toFolder.check),
        0.5,
      ),
      rowOf(`${what}, directory → directory`, 'rclone copy, not synced', toFolder.ours, toFolder.copy, 1),
      rowOf(`${what}, directory → directory`, 'rclone copy, then sync', toFolder.ours, toFolder.synced, 1),
    ];
  },
};

const both = (copy: Timed, check: Timed): { seconds: number } => ({ seconds: copy.seconds + check.seconds });
