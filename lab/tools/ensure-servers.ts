// The further servers and peers that only tests of storages and measurements need, so that the lab and the demo stay
// light: Debian's Swift, Ceph and NFS server, and Go programs of pinned releases, each built once into the cache.

import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cacheDir } from '../cache-dir.ts';
import { ensureDebianPackages } from './debian-packages.ts';
import { isExecutable, namedProgram } from './find-program.ts';
import { GO_BUILD_ENVIRONMENT, requireGo } from './go-tools.ts';
import type { Progress } from '../progress.ts';
import { runLines } from '../run-lines.ts';

export const SWIFT_PROGRAMS = [
  { program: 'swift-proxy-server', package: 'swift-proxy' },
  { program: 'swift-account-server', package: 'swift-account' },
  { program: 'swift-container-server', package: 'swift-container' },
  { program: 'swift-object-server', package: 'swift-object' },
  { program: 'memcached', package: 'memcached' },
];

const DEBIAN_PROGRAMS = [
  ...SWIFT_PROGRAMS,
  { program: 'keystone-manage', package: 'python3-keystone python3-keystonemiddleware' },
  { program: 'ceph-mon', package: 'ceph-mon' },
  { program: 'ceph-osd', package: 'ceph-osd' },
  { program: 'ceph', package: 'ceph-common' },
  { program: 'radosgw', package: 'radosgw' },
  { program: 'ganesha.nfsd', package: 'nfs-ganesha nfs-ganesha-vfs' },
  { program: 'rpcbind', package: 'rpcbind' },
  { program: 'showmount', package: 'nfs-common' },
  { program: 'nfs-ls', package: 'libnfs-utils' },
  { program: 'sudo', package: 'sudo' },
  // Of the commands in the docs
  { program: 'jq', package: 'jq' },
];

/** The variable that tests find each program by, and the release that is built. Go's checksum database pins its source. */
const GO_PROGRAMS = {
  fakeGcs: { variable: 'FAKE_GCS_PATH', release: 'github.com/fsouza/fake-gcs-server@v1.55.1' },
  distribution: {
    variable: 'DISTRIBUTION_PATH',
    release: 'github.com/distribution/distribution/v3/cmd/registry@v3.1.2',
  },
  rclone: { variable: 'RCLONE_PATH', release: 'github.com/rclone/rclone@v1.75.0' },
} as const;

export type GoProgram = keyof typeof GO_PROGRAMS;

/** Everything that tests of storages start; sets the variables by which they find the programs. */
export async function ensureStorageServers(progress: Progress): Promise<void> {
  await ensureDebianPackages(DEBIAN_PROGRAMS, progress);
  for (const program of ['fakeGcs', 'distribution'] as const) await ensureGoProgram(program, progress);
}

/** Path of the program, which the variable names too from now on. */
export async function ensureGoProgram(program: GoProgram, progress: Progress): Promise<string> {
  const { variable, release } = GO_PROGRAMS[program];
  const path = (await namedProgram(variable)) ?? (await build(release, progress));
  process.env[variable] = path;
  return path;
}

async function build(release: string, progress: Progress): Promise<string> {
  const [source = '', version = ''] = release.split('@');
  const name = basename(source);
  const folder = join(cacheDir(), 'tools', `${name}-${version}`);
  const path = join(folder, name);
  if (await isExecutable(path)) return path;
  await requireGo([name]);
  progress.say(`Building ${name} ${version} with Go, once for this machine (1 to 3 minutes when all is new)`);
  await mkdir(folder, { recursive: true });
  const unfinished = await mkdtemp(join(folder, 'build-'));
  try {
    const env = { ...process.env, ...GO_BUILD_ENVIRONMENT, GOBIN: unfinished };
    await runLines('go', ['install', '-trimpath', '-ldflags', '-s -w', release], { env });
    await rename(join(unfinished, name), path);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return path;
}
