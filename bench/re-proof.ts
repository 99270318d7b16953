// Proving a finished copy again: by the digests that the server keeps, against reading everything back.

import { join } from 'node:path';
import { rowOf, type Bench } from './bench.ts';
import { makeLargeBlobs } from './data.ts';
import { gone, prefixOf } from './empty-places.ts';
import { rclone } from './peers.ts';
import { fastest, runTimed } from './run-timed.ts';
import { transship } from './transship.ts';

const MEBIBYTES = { small: 640, full: 6400 };

/** Ten times faster. */
const TARGET = 0.1;

export const reProof: Bench = {
  name: 're-proof',
  title: 'Proving a finished copy again',
  async run(context) {
    const { dir, peers, s3, scale } = context;
    const source = join(dir, 'proved');
    makeLargeBlobs(source, MEBIBYTES[scale]);
    const place = prefixOf(context, 'proved');
    const storages = { here: { kind: 'filesystem' as const, path: source }, there: place.bucket };
    await transship(context, storages, ['storage', 'copy', 'here', 'there']);
    const times = await fastest(context.repeats, {
      ours: async () => await transship(context, storages, ['storage', 'verify', 'there']),
      read: async () => await transship(context, storages, ['storage', 'verify', 'there', '--read']),
      rclone: async () =>
        await runTimed(rclone(peers, ['check', '--download'], s3.access, source, place.rclone)),
    });
    await gone(place.folder);
    const what = `${MEBIBYTES[scale]} MiB of blobs on S3`;
    return [
      rowOf(what, 'our own reading back and hashing', times.ours, times.read, TARGET),
      rowOf(what, 'rclone check --download', times.ours, times.rclone, TARGET),
    ];
  },
};
