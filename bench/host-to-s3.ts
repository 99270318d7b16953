// From a directory on a host to S3, against the fastest way that people have to get bytes off a host: `ssh host tar`.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rowOf, type Bench, type BenchContext } from './bench.ts';
import { makeLargeBlobs, makeSmallObjects } from './data.ts';
import { gone, prefixOf } from './empty-places.ts';
import { fastest, runTimed } from './run-timed.ts';
import { transship } from './transship.ts';

const MEBIBYTES = { small: 160, full: 960 };
const OBJECTS = { small: 1000, full: 5000 };

/** A throughput of 0.9 times the peer's. */
const TARGET = 1 / 0.9;

export const hostToS3: Bench = {
  name: 'host-to-s3',
  title: 'From a host over SSH to S3',
  async run(context) {
    const { dir, host, scale } = context;
    const source = join(dir, 'on-host');
    makeLargeBlobs(source, MEBIBYTES[scale]);
    makeSmallObjects(source, OBJECTS[scale]);
    const place = prefixOf(context, 'host');
    const far = { kind: 'host' as const, host: host.name, path: source };
    const tar = await sshTar(context, source);
    const times = await fastest(context.repeats, {
      ours: async () => {
        await gone(place.folder);
        return await transship(context, { far, near: place.bucket }, ['storage', 'copy', 'far', 'near']);
      },
      tar: async () => await runTimed({ command: 'sh', args: ['-c', tar] }),
    });
    const what = `${MEBIBYTES[scale]} MiB of blobs and ${OBJECTS[scale].toLocaleString('en')} small objects`;
    return [rowOf(what, 'ssh host tar, thrown away', times.ours, times.tar, TARGET)];
  },
};

async function sshTar({ dir, host }: BenchContext, source: string): Promise<string> {
  const known = join(dir, 'known_hosts');
  const { address, port, user, key, hostKeys } = host.entry;
  await writeFile(known, hostKeys.map((hostKey) => `[${address}]:${port} ${hostKey}\n`).join(''));
  const keyFile = 'file' in key ? key.file : '';
  const options = `-i ${keyFile} -p ${port} -o UserKnownHostsFile=${known} -o BatchMode=yes -c aes128-gcm@openssh.com`;
  return `ssh ${options} ${user}@${address} tar -C ${source} -cf - . > /dev/null`;
}
