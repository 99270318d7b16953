// The lab's Ceph: a real cluster of Debian's packages (monitor, one OSD, object gateway) with S3's protocol, as
// people run it themselves. It differs from AWS where compatible servers do: no trailing checksums, digests that are
// checked but never shown.

import { randomUUID } from 'node:crypto';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startProcess } from '../process.ts';
import { runLines } from '../run-lines.ts';
import { cephConfig, GATEWAY, monitorAddress, type CephPorts } from './ceph-config.ts';

export type CephOptions = { ports: CephPorts; buckets: string[] };

export type CephRgw = { endpoint: string; region: string; accessKey: string; secretKey: string };

const KEYS = { accessKey: 'labkey', secretKey: 'labsecret123' };
const READY_PROBE_TIMEOUT_MS = 1000;
/** Of `ceph` and `radosgw-admin`, which would wait for minutes for a monitor that is not there. */
const CONNECT_TIMEOUT_S = 10;

/** Makes the cluster under `<dir>/ceph` unless it is there, starts it unless it runs, and makes the buckets. About 20 s. */
export async function startCephRgw(dir: string, options: CephOptions): Promise<CephRgw> {
  const folder = join(dir, 'ceph');
  const config = join(folder, 'ceph.conf');
  const env = { ...process.env, CEPH_CONF: config };
  const run = async (command: string, ...args: string[]): Promise<string> => {
    const lines: string[] = [];
    await runLines(command, args, { env, onLine: (line) => lines.push(line) });
    return lines.join('\n');
  };
  const start = (
    name: string,
    command: string,
    args: string[],
    ready?: () => Promise<boolean>,
  ): Promise<unknown> =>
    startProcess(dir, { name, command, args: ['-f', ...args], env, ...(ready && { ready }) });

  const made = join(folder, 'made');
  const isNew = await access(made).then(
    () => false,
    () => true,
  );
  if (isNew) await makeMonitor(folder, config, options.ports, run);
  await start('ceph-mon', 'ceph-mon', ['-i', 'a', '--mon-data', join(folder, 'mon')], async () => {
    await run('ceph', '--connect-timeout', String(CONNECT_TIMEOUT_S), 'mon', 'stat');
    return true;
  });
  const data = ['-i', '0', '--osd-data', join(folder, 'osd0')];
  if (isNew) {
    const uuid = randomUUID();
    await run('ceph', 'osd', 'new', uuid, '0');
    await run('ceph-osd', ...data, '--osd-uuid', uuid, '--mkfs');
  }
  await start('ceph-osd', 'ceph-osd', data, async () => (await run('ceph', 'osd', 'stat')).includes('1 up'));
  if (isNew) await run('ceph', 'osd', 'crush', 'add', 'osd.0', '1.0', 'root=default', 'host=lab');

  const endpoint = `http://127.0.0.1:${options.ports.rgw}`;
  await start('ceph-rgw', 'radosgw', ['-n', GATEWAY], () => answers(endpoint));
  if (isNew) {
    const { accessKey, secretKey } = KEYS;
    const keys = [`--access-key=${accessKey}`, `--secret-key=${secretKey}`];
    await run('radosgw-admin', '-n', GATEWAY, 'user', 'create', '--uid=lab', '--display-name=lab', ...keys);
    await writeFile(made, '');
  }
  const server: CephRgw = { endpoint, region: 'us-east-1', ...KEYS };
  await makeBuckets(server, options.buckets);
  return server;
}

async function makeMonitor(
  folder: string,
  config: string,
  ports: CephPorts,
  run: (command: string, ...args: string[]) => Promise<string>,
): Promise<void> {
  for (const name of ['mon', 'osd0', 'mgr', 'run', 'log', 'rgw']) {
    await mkdir(join(folder, name), { recursive: true });
  }
  const fsid = randomUUID();
  await writeFile(config, cephConfig(folder, fsid, ports));
  const keyring = join(folder, 'keyring');
  const key = (name: string, caps: Record<string, string>): Promise<string> =>
    run(
      'ceph-authtool',
      ...(name === 'mon.' ? ['--create-keyring'] : []),
      ...[keyring, '--gen-key', '-n', name],
      ...Object.entries(caps).flatMap(([who, what]) => ['--cap', who, what]),
    );
  await key('mon.', { mon: 'allow *' });
  await key('client.admin', { mon: 'allow *', osd: 'allow *', mgr: 'allow *' });
  await key('osd.0', { mon: 'allow profile osd', osd: 'allow *', mgr: 'allow profile osd' });
  await key(GATEWAY, { mon: 'allow rwx', osd: 'allow rwx', mgr: 'allow *' });
  const map = join(folder, 'monmap');
  await run('monmaptool', '--create', '--clobber', '--addv', 'a', monitorAddress(ports), '--fsid', fsid, map);
  const mon = ['-i', 'a', '--monmap', map, '--keyring', keyring, '--mon-data', join(folder, 'mon')];
  await run('ceph-mon', '--mkfs', ...mon);
}

async function makeBuckets(server: CephRgw, buckets: string[]): Promise<void> {
  const client = new S3Client({
    region: server.region,
    endpoint: server.endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId: server.accessKey, secretAccessKey: server.secretKey },
  });
  // Of one's own, a bucket may be made again.
  for (const bucket of buckets) await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
}

async function answers(endpoint: string): Promise<boolean> {
  const response = await fetch(endpoint, { signal: AbortSignal.timeout(READY_PROBE_TIMEOUT_MS) });
  await response.body?.cancel();
  return response.ok;
}
