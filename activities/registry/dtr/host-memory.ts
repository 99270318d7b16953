// The one place on a host where an archive lies in clear: its memory, in a folder that nobody else can read. A restore reads it
// there as a whole, and it is gone when the restore has opened it.

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { formatBytes } from '../../../domain/bytes.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { RemoteHost } from '../../hosts/remote-host.ts';

const MEMORY = '/dev/shm';
const NO_MEMORY = 3;
const NAME_CHARACTERS = 24;

/** Prints the bytes that are free. It is memory only where it is a tmpfs. */
const FREE = `[ "$(stat -f -c %T ${MEMORY} 2>/dev/null)" = tmpfs ] || exit ${NO_MEMORY}
stat -f -c '%a %S' ${MEMORY}`;
/** $1 the folder. What an attempt left that was killed is replaced; a folder of somebody else fails. Prints the digest. */
const PUT = `umask 077; rm -rf -- "$1" && mkdir -- "$1" && cat > "$1/archive.tar" && sha256sum < "$1/archive.tar"`;

/** `id` as that of the remote job that reads it. */
export function inMemory(host: RemoteHost, id: string): { folder: string; archive: string } {
  const name = createHash('sha256').update(`${host.stateDir}/${id}`).digest('hex').slice(0, NAME_CHARACTERS);
  const folder = `${MEMORY}/transship-${name}`;
  return { folder, archive: `${folder}/archive.tar` };
}

/** `NotProved` unless the host's memory has room for so many bytes. */
export async function requireRoomInMemory(host: RemoteHost, bytes: number): Promise<void> {
  const { status, stdout, stderr } = await host.run(['sh', '-c', FREE]);
  const [blocks = 0, size = 0] = stdout.trim().split(' ').map(Number);
  const free = blocks * size;
  if (status === 0 && free >= bytes) return;
  throw new TransshipError(
    'NotProved',
    status === 0
      ? `${MEMORY} of host ${host.name} has ${formatBytes(free)} free, and the metadata that is restored there takes ${formatBytes(bytes)}: make it larger, e.g. mount -o remount,size=…`
      : `host ${host.name} has no memory at ${MEMORY} (a tmpfs), where the metadata must lie while it is restored ${stderr}`.trim(),
    { host: host.name, path: MEMORY, bytes },
  );
}

/** Resolves when the archive lies there whole, `IntegrityMismatch` when it has another digest. */
export async function putInMemory(
  host: RemoteHost,
  folder: string,
  { body, sha256, key }: { body: Readable; sha256: string; key: string },
  signal: AbortSignal,
): Promise<void> {
  const put = host.check(['sh', '-c', PUT, 'sh', folder], { input: body, signal });
  const output = await put.catch((error: unknown) => error);
  // What broke the archive explains more than what the host made of a part of it.
  if (body.errored instanceof TransshipError) throw body.errored;
  if (typeof output !== 'string') throw output;
  if (output.startsWith(sha256)) return;
  throw new TransshipError(
    'IntegrityMismatch',
    `The metadata backup ${key} arrived on ${host.name} with other bytes.`,
    { key, host: host.name },
  );
}
