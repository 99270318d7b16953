// What looks at a registry's hosts mean: their clocks, their room, and the way from there to the storage that the registry is
// to use. A container may see more or less than its host does, so what is said names the host.

import type { StorageEntry } from '../../contracts/inventory.ts';
import type { Finding } from '../../contracts/finding.ts';
import type { HostLook } from '../../contracts/storage-activities.ts';
import { formatBytes } from '../bytes.ts';
import { formatDuration } from '../duration.ts';
import { notes, stops, warns } from '../finding.ts';
import { isCloud, kindOf } from '../storage/storage-kinds.ts';

const SECOND_MS = 1000;
/** Amazon and Azure refuse signatures that are older or newer, and nearly everybody who does what they do. */
const SIGNED_WITHIN_S = 15 * 60;
const CLOCK_LIMIT_S = 60;
const LEAST_FREE_BYTES = 1024 ** 3;
const LEAST_FREE_INODES = 10_000;

/** `needsHosts`: the way that was chosen runs commands on them. `destination` null: the registry is to go nowhere. */
export function judgeHosts(
  looks: readonly HostLook[],
  { destination, needsHosts }: { destination: StorageEntry | null; needsHosts: boolean },
): Finding[] {
  return looks.flatMap((look) => {
    if (look.problem !== null)
      return [
        (needsHosts ? stops : warns)(
          `Host ${look.host} cannot be looked at: ${look.problem}.`,
          'Look at the host, its SSH server and its entry in the inventory.',
        ),
      ];
    return [
      ...look.missing.map((program) =>
        warns(
          `Host ${look.host} has no ${program}, so part of it was not looked at.`,
          `Install ${program} there and look again, or look by hand.`,
        ),
      ),
      ...judgeClock(look, destination),
      ...look.rooms.flatMap((room) => judgeRoom(look.host, room)),
      ...judgeServer(look, destination),
    ];
  });
}

function judgeClock({ host, clock }: HostLook, destination: StorageEntry | null): Finding[] {
  const [aheadS, whose] =
    clock.aheadOfServerS === null
      ? [clock.aheadOfWorkerS, 'of this worker']
      : [clock.aheadOfServerS, 'of the storage'];
  if (aheadS === null || Math.abs(aheadS) <= CLOCK_LIMIT_S) return [];
  const apart = formatDuration(Math.abs(aheadS) * SECOND_MS);
  const reason = `The clock of host ${host} is ${apart} ${aheadS > 0 ? 'ahead of' : 'behind'} that ${whose}.`;
  const isRefused = destination !== null && isCloud(destination) && Math.abs(aheadS) > SIGNED_WITHIN_S;
  return isRefused
    ? [stops(`${reason} The storage would refuse what the registry signs there.`, 'Set the clock (NTP).')]
    : [warns(reason, 'Set the clock (NTP): health and certificates are judged by it.')];
}

function judgeRoom(host: string, { path, freeBytes, freeInodes }: HostLook['rooms'][number]): Finding[] {
  const lacking = [
    ...(freeBytes < LEAST_FREE_BYTES ? [`${formatBytes(freeBytes)} free`] : []),
    // Some file systems make them as they need them, and say 0
    ...(freeInodes !== null && freeInodes > 0 && freeInodes < LEAST_FREE_INODES
      ? [`${freeInodes} inodes free`]
      : []),
  ];
  return lacking.length === 0
    ? []
    : [
        warns(
          `Host ${host} has only ${lacking.join(' and ')} where ${path} is.`,
          'Make room there: outputs of commands and images are kept there for a while.',
        ),
      ];
}

function judgeServer({ host, server }: HostLook, destination: StorageEntry | null): Finding[] {
  if (server === null || destination === null) return [];
  const { url, answer, detail } = server;
  const said = detail === '' ? '' : ` (${detail})`;
  const byAnswer: Record<typeof answer, Finding | null> = {
    trusted: null,
    'trusted-with-rootca': notes(
      `Host ${host} trusts the certificate of ${url} by the inventory's rootca alone.`,
      'Where the registry sends clients to the storage, their engines must trust that authority, too (S1 "Configure your clients").',
    ),
    unverified: warns(
      `Host ${host} does not trust the certificate of ${url}, and the inventory has it not verified.`,
      'Name its authority as `rootca` instead. Where the registry sends clients to the storage, their engines must skip the verification, too (S1 "Configure your clients").',
    ),
    untrusted: stops(
      `Host ${host} does not trust the certificate of ${url}${said}.`,
      kindOf(destination).trust(destination) === undefined
        ? 'Have the authority that signed it trusted by the host and by the registry.'
        : 'Name in the inventory, as `rootca`, the authority that signed it.',
    ),
    unreachable: stops(
      `Host ${host} cannot reach ${url}${said}, and the registry there would have to.`,
      'Open the way to it. Where it goes by a proxy, the environment of the SSH user on that host has to name it (https_proxy).',
    ),
  };
  const finding = byAnswer[answer];
  return finding === null ? [] : [finding];
}
