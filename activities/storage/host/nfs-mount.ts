// An NFS export as a directory of a host, for S1's `--nfs-storage-url` and `--nfs-options`: mounted below the host's
// state folder when it is first needed, and left there for other workers and attempts. While it is not mounted, its
// folder holds a mark, so that an empty mount point is never taken for an empty storage.

import { createHash } from 'node:crypto';
import { join } from 'node:path/posix';
import { TransshipError } from '../../../domain/transship-error.ts';
import { lastLines } from '../../hosts/last-lines.ts';
import type { RemoteHost } from '../../hosts/remote-host.ts';
import { NOT_MOUNTED_MARK } from './host-scripts.ts';

export type NfsExport = { url: string; options?: string };

/** Files of a registry are data: nothing on the export may act on the host. */
const OWN_OPTIONS = 'nosuid,nodev,noexec';
/**
 * What a push has written through another client is listed at once: from the cache a client shows folders as they were for
 * up to a minute, and the final delta would leave out what came just before it. They come last, so that they hold.
 */
const UNCACHED = 'actimeo=0,lookupcache=none';
/** Seconds; of mount.nfs itself, which by default tries for two minutes. */
const RETRY_MINUTES = 'retry=0';
const MESSAGE_CHARACTERS = 500;
const VERSIONS = ['3', '4', '4.0', '4.1', '4.2'];
const SECURITY = ['sys', 'krb5', 'krb5i', 'krb5p'];
const URL = /^nfs:\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_][A-Za-z0-9._-]*)(\/[^\s?#,]*)$/;
const OPTIONS = /^[a-z_]+(=[A-Za-z0-9._:/@-]+)?(,[a-z_]+(=[A-Za-z0-9._:/@-]+)?)*$/;

/** $1 folder, $2 options, $3 \`server:/path\`. Two who come at once wait for each other where flock is there. */
const MOUNT = `mounted() { [ -d "$1" ] && [ ! -e "$1/${NOT_MOUNTED_MARK}" ] && mountpoint -q -- "$1"; }
mounted "$1" && exit 0
umask 077; mkdir -p -- "$1" || exit 1
if command -v flock > /dev/null; then exec 9> "$1.lock" && flock 9; fi
mounted "$1" && exit 0
: > "$1/${NOT_MOUNTED_MARK}" || exit 1
LC_ALL=C mount -t nfs -o "$2" -- "$3" "$1"`;

/** $1 folder of a mount that was made to try. */
const UNMOUNT = `umount -- "$1" 2>/dev/null; rm -f -- "$1/${NOT_MOUNTED_MARK}" "$1.lock"; rmdir -- "$1"`;

/** `InvalidInput` when mount would not understand them, or understand something else. */
export function parseExport({ url, options = '' }: NfsExport): {
  server: string;
  path: string;
  options: string;
} {
  const [, server, path] = URL.exec(url) ?? [];
  const wrong = (problem: string): TransshipError =>
    new TransshipError('InvalidInput', `the NFS export ${url}: ${problem}`, { url });
  if (server === undefined || path === undefined) throw wrong('must be nfs://SERVER/EXPORT');
  if (options !== '' && !OPTIONS.test(options))
    throw wrong(`has options that mount does not know: ${options}`);
  for (const option of options.split(',')) {
    const [name = '', value = ''] = option.split('=');
    if (['vers', 'nfsvers'].includes(name) && !VERSIONS.includes(value)) {
      throw wrong(`has NFS version ${value}; there are ${VERSIONS.join(', ')}`);
    }
    if (name === 'sec' && !value.split(':').every((kind) => SECURITY.includes(kind))) {
      throw wrong(`has security ${value}; there are ${SECURITY.join(', ')}`);
    }
  }
  const added = [OWN_OPTIONS, ...(/(^|,)retry=/.test(options) ? [] : [RETRY_MINUTES]), UNCACHED];
  return { server, path, options: [...(options === '' ? [] : [options]), ...added].join(',') };
}

/** Returns the folder of the export on the host. */
export async function mountExport(host: RemoteHost, nfs: NfsExport, signal?: AbortSignal): Promise<string> {
  const { server, path, options } = parseExport(nfs);
  const id = createHash('sha256').update(`${nfs.url} ${options}`).digest('hex').slice(0, 16);
  return await mountAt(host, join(host.stateDir, 'nfs', id), { server, path, options }, signal);
}

/** Mounts the export of its own accord, and unmounts it: S1's trial mount. */
export async function tryMount(host: RemoteHost, nfs: NfsExport, signal?: AbortSignal): Promise<void> {
  const folder = join(
    host.stateDir,
    'nfs',
    `try-${createHash('sha256').update(nfs.url).digest('hex').slice(0, 16)}`,
  );
  try {
    await mountAt(host, folder, parseExport(nfs), signal);
  } finally {
    await host.run(['sh', '-c', UNMOUNT, 'sh', folder]).catch(() => undefined);
  }
}

/** S1's `showmount -e`, which a server that speaks version 4 alone need not answer. Returns the paths of the exports. */
export async function showExports(host: RemoteHost, server: string, signal?: AbortSignal): Promise<string[]> {
  const argv = ['env', 'LC_ALL=C', 'showmount', '--no-headers', '-e', server.replaceAll(/[[\]]/g, '')];
  const { status, stdout, stderr } = await host.run(argv, signal && { signal });
  if (status === 0) return stdout.split('\n').flatMap((line) => line.split(/\s+/)[0] || []);
  throw mountFailure(host, `${server}: showmount`, status, stderr);
}

async function mountAt(
  host: RemoteHost,
  folder: string,
  { server, path, options }: ReturnType<typeof parseExport>,
  signal: AbortSignal | undefined,
): Promise<string> {
  const argv = ['sh', '-c', MOUNT, 'sh', folder, options, `${server}:${path}`];
  const { status, stderr } = await host.run(argv, signal && { signal });
  if (status === 0) return folder;
  throw mountFailure(host, `${server}:${path}`, status, stderr);
}

function mountFailure(host: RemoteHost, what: string, status: number, stderr: string): TransshipError {
  const end = lastLines(stderr, MESSAGE_CHARACTERS);
  const about = { host: host.name, status };
  const fail = (type: ConstructorParameters<typeof TransshipError>[0], problem: string): TransshipError =>
    new TransshipError(type, `${what} on host ${host.name}: ${problem}: ${end}`, about);
  if (
    /helper program|unknown filesystem type|not found|No such device/i.test(end) &&
    !/by server/i.test(end)
  ) {
    return fail('CommandFailed', 'it has no NFS client (nfs-common, nfs-utils)');
  }
  if (/No such file or directory/i.test(end)) return fail('InvalidInput', 'the server has no such export');
  if (/access denied|not permitted|Permission denied|must be superuser|only root/i.test(end)) {
    return fail('AccessDenied', 'it may not be mounted');
  }
  if (/not supported|incorrect mount option|Invalid argument/i.test(end)) {
    return fail('InvalidInput', 'the server does not offer it with these options');
  }
  return fail('StorageUnavailable', 'it cannot be reached');
}
