// The servers that every bench uses: one S3 server and one host, on loopback, on the machine that is measured.

import { freePort } from '../lab/free-port.ts';
import { hostEntryOf, startSshHosts, type SshHost } from '../lab/servers/ssh-hosts.ts';
import { startS3 } from '../lab/servers/s3.ts';
import type { BenchContext } from './bench.ts';

const BUCKET = 'bench';

export async function startServers(
  dir: string,
  versitygw: string,
): Promise<Pick<BenchContext, 's3' | 'host'>> {
  const access = { accessKey: 'bench-access', secretKey: 'bench-secret' };
  const s3 = await startS3(dir, { port: await freePort(), ...access, buckets: [BUCKET], versitygw });
  const [host] = (await startSshHosts(dir, {
    nodes: [{ name: 'host', address: '127.0.0.1', port: await freePort() }],
  })) as [SshHost];
  return {
    s3: {
      entry: {
        kind: 's3',
        bucket: BUCKET,
        region: s3.region,
        regionendpoint: s3.endpoint,
        rootdirectory: '',
        accesskey: { env: 'BENCH_ACCESS_KEY' },
        secretkey: { env: 'BENCH_SECRET_KEY' },
        ...{ v4auth: true, secure: false, skipverify: false },
      },
      access: { endpoint: s3.endpoint, ...access },
      folder: s3.folders[BUCKET] as string,
    },
    host: { name: host.name, entry: hostEntryOf(host) },
  };
}
