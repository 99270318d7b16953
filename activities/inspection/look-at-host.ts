// One look at a host of a registry, as an administrator would take it before a migration: the programs, the clock, the room,
// and whether the new storage answers from there and its certificate is trusted. One script, over the connection that there
// is; it changes nothing, and says by name which program keeps it from seeing something.

import type { StorageEntry } from '../../contracts/inventory.ts';
import type { HostLook } from '../../contracts/storage-activities.ts';
import { kindOf } from '../../domain/storage/storage-kinds.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Environment } from '../environment.ts';
import type { RemoteHost } from '../hosts/remote-host.ts';

/** The server of a storage; `rootca`: PEM of its authority. */
export type Server = { url: string; rootca: string | null; unverified: boolean };

const SECOND_MS = 1000;
const SERVER_TIMEOUT_S = 10;
/** A mount whose server is gone, or a daemon that is stuck. */
const HANGS_AFTER_S = 10;
/** Statuses of curl: no certificate that is trusted. */
const NOT_TRUSTED = '51|60';

/**
 * $1 folder of remote jobs, $2 URL or nothing, $3 `unverified` or nothing; the authority's PEM on standard input. Prints a
 * word and its value, a line each. Only what every system has under these names and options.
 */
const LOOK = `export LC_ALL=C
for program in awk curl date df mktemp timeout; do command -v "$program" > /dev/null 2>&1 || echo "missing $program"; done
echo "clock $(date +%s)"
room() {
  folder=$1
  while [ ! -d "$folder" ] && [ "$folder" != / ]; do folder=$(dirname -- "$folder"); done
  echo "room $(timeout ${HANGS_AFTER_S} df -kP -- "$folder" | awk 'END { print $4 }') $(timeout ${HANGS_AFTER_S} df -iP -- "$folder" 2> /dev/null | awk 'END { print $4 }') $1"
}
if command -v df > /dev/null && command -v awk > /dev/null && command -v timeout > /dev/null; then
  room "$1"
  docker=$(timeout ${HANGS_AFTER_S} docker info --format '{{.DockerRootDir}}' 2> /dev/null)
  [ -z "$docker" ] || [ ! -d "$docker" ] || room "$docker"
fi
[ -n "$2" ] && command -v curl > /dev/null 2>&1 || exit 0
scratch=$(mktemp -d) || exit 1
trap 'rm -rf -- "$scratch"' EXIT; trap 'exit 1' HUP INT TERM PIPE
cat > "$scratch/ca"
ask() { curl -sS -o /dev/null -D "$scratch/head" -m ${SERVER_TIMEOUT_S} "$@" -- "$url" 2> "$scratch/said"; }
url=$2
ask; status=$?
case $status in
  0) answer=trusted;;
  ${NOT_TRUSTED})
    if [ -s "$scratch/ca" ] && ask --cacert "$scratch/ca"; then answer=trusted-with-rootca
    elif [ "$3" = unverified ] && ask -k; then answer=unverified
    else answer=untrusted; fi;;
  *) answer=unreachable;;
esac
echo "server $answer $(head -n 1 "$scratch/said")"
echo "asked $(date +%s) $(grep -i '^date:' "$scratch/head" 2> /dev/null | tail -n 1 | cut -d: -f2- | tr -d '\\r')"`;

const ANSWERS = ['trusted', 'trusted-with-rootca', 'unverified', 'untrusted', 'unreachable'] as const;

/** Each host once, at the same time: how they are, and how they see the server of this storage. */
export async function looksFrom(
  { openHost, resolveSecret }: Pick<Environment, 'openHost' | 'resolveSecret'>,
  hosts: readonly string[],
  entry: StorageEntry,
  signal: AbortSignal,
): Promise<HostLook[]> {
  const { server: serverOf, trust } = kindOf(entry);
  const [url, own] = [serverOf(entry), trust(entry)];
  const rootca = own?.rootca === undefined || hosts.length === 0 ? null : await resolveSecret(own.rootca);
  const server = url === null ? null : { url, rootca, unverified: own?.unverified === true };
  return await lookAtHosts({ openHost }, hosts, server, signal);
}

export const lookAtHosts = async (
  { openHost }: Pick<Environment, 'openHost'>,
  hosts: readonly string[],
  server: Server | null,
  signal: AbortSignal,
): Promise<HostLook[]> =>
  await Promise.all(
    [...new Set(hosts)].map(async (name) => await lookAtHost(await openHost(name), server, signal)),
  );

/** Whatever is the matter with the host is in the look, and no error. `server` null: there is none to be reached. */
export async function lookAtHost(
  host: RemoteHost,
  server: Server | null,
  signal: AbortSignal,
): Promise<HostLook> {
  const seen: HostLook = {
    host: host.name,
    problem: null,
    missing: [],
    clock: NO_CLOCK,
    rooms: [],
    server: null,
  };
  const before = Date.now();
  let stdout: string;
  try {
    const argv = [host.stateDir, server?.url ?? '', server?.unverified === true ? 'unverified' : ''];
    const input = server?.rootca ?? '';
    stdout = await host.check(['sh', '-c', LOOK, 'sh', ...argv], { input, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof TransshipError)) throw error;
    return { ...seen, problem: error.message };
  }
  for (const line of stdout.split('\n')) {
    const [word = '', first = '', ...rest] = line.split(' ');
    if (word === 'missing') seen.missing.push(first);
    else if (word === 'clock')
      seen.clock = { ...seen.clock, aheadOfWorkerS: aheadS(first, before, Date.now()) };
    else if (word === 'room' && /^\d+$/.test(first)) seen.rooms.push(roomOf(first, rest));
    else if (word === 'server' && server !== null)
      seen.server = {
        url: server.url,
        answer: ANSWERS.find((answer) => answer === first) ?? 'unreachable',
        detail: rest.join(' '),
      };
    else if (word === 'asked') seen.clock = { ...seen.clock, aheadOfServerS: aheadOfServer(first, rest) };
  }
  return seen;
}

const NO_CLOCK = { aheadOfWorkerS: null, aheadOfServerS: null };

/** What the question itself took says nothing of the clock, and the host tells whole seconds. */
function aheadS(told: string, before: number, after: number): number | null {
  const from = Number(told) * SECOND_MS;
  if (!/^\d+$/.test(told)) return null;
  if (from > after) return Math.round((from - after) / SECOND_MS);
  const to = from + SECOND_MS;
  return to < before ? -Math.round((before - to) / SECOND_MS) : 0;
}

function aheadOfServer(told: string, date: string[]): number | null {
  const server = Date.parse(date.join(' ').trim());
  return /^\d+$/.test(told) && !Number.isNaN(server) ? Number(told) - server / SECOND_MS : null;
}

/** KiB, inodes where the file system counts them, and the folder, whose name may have spaces. */
function roomOf(kib: string, [inodes = '', ...folder]: string[]): HostLook['rooms'][number] {
  return {
    path: folder.join(' '),
    freeBytes: Number(kib) * 1024,
    freeInodes: /^\d+$/.test(inodes) ? Number(inodes) : null,
  };
}
