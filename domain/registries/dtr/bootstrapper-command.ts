// The one place where a command line of the vendor's bootstrapper is made (dtr-msr.md §1), so that what is run is what
// was shown in the plan and approved. Its password travels in the environment of the command.

import type { DtrRegistryEntry } from '../../../contracts/inventory.ts';
import type { ReplicaPorts } from '../../../contracts/registry-activities.ts';
import { shellQuote } from '../../shell-quote.ts';
import { bootstrapperImage } from './recipes.ts';
import type { RestoreStorage, StorageOnHosts } from './storage-volume.ts';

/** What every command line of the bootstrapper holds. */
type BootstrapperSetup = {
  /** Without its tag; null: the one of the version. */
  image: string | null;
  ucpUrl: string;
  ucpUsername: string;
  ucpTrust: 'ca' | 'insecure' | 'system';
  externalUrl: string;
};

/**
 * `replica` is the one that the command makes, removes or talks to. `ports`: on which it listens; a command that is not told
 * of them takes 80 and 443, whatever it was before (dtr-msr.md §1.3).
 */
export type BootstrapperCommand =
  | { name: 'backup'; replica: string }
  | { name: 'destroy'; replica: string }
  | { name: 'restore'; replica: string; node: string; storage: RestoreStorage; ports?: ReplicaPorts }
  | { name: 'join'; replica: string; node: string; existing: string; ports?: ReplicaPorts }
  | { name: 'reconfigure'; replica: string; storage: StorageOnHosts; ports?: ReplicaPorts };

const DEFAULT_PORTS: ReplicaPorts = { http: 80, https: 443 };

export function bootstrapperSetup({ bootstrapImage, ucp, url }: DtrRegistryEntry): BootstrapperSetup {
  return {
    image: bootstrapImage ?? null,
    ucpUrl: ucp.url,
    ucpUsername: ucp.username,
    ucpTrust: ucp.ca !== undefined ? 'ca' : ucp.insecureTls ? 'insecure' : 'system',
    externalUrl: url,
  };
}

/** `ucpCa` is the PEM that stands in the arguments where UCP is trusted by a CA of its own. */
export function bootstrapperArgv(
  setup: BootstrapperSetup,
  version: string,
  command: BootstrapperCommand,
  ucpCa: string,
): string[] {
  return [
    // `-i` and never `-t`: the tar goes through stdin and stdout; no log driver, or it would land in the daemon's log too.
    ...['docker', 'run', '--rm', '-i', '--log-driver', 'none', '--env', 'UCP_PASSWORD'],
    setup.image === null ? bootstrapperImage(version) : `${setup.image}:${version}`,
    command.name,
    ...flagsOf(setup, command),
    ...['--ucp-url', setup.ucpUrl, '--ucp-username', setup.ucpUsername],
    ...(setup.ucpTrust === 'ca' ? ['--ucp-ca', ucpCa] : []),
    ...(setup.ucpTrust === 'insecure' ? ['--ucp-insecure-tls'] : []),
  ];
}

const CA_PLACEHOLDER = '"$(cat ucp-ca.pem)"';
const PLAIN_WORD = /^[\w@%+=:,./-]+$/;

/** The same command as a line for a shell; a file stands for the CA's text. */
export function bootstrapperLine(
  setup: BootstrapperSetup,
  version: string,
  command: BootstrapperCommand,
): string {
  return bootstrapperArgv(setup, version, command, CA_PLACEHOLDER)
    .map((word) => (word === CA_PLACEHOLDER || PLAIN_WORD.test(word) ? word : shellQuote(word)))
    .join(' ');
}

function flagsOf(setup: BootstrapperSetup, command: BootstrapperCommand): string[] {
  const { name, replica } = command;
  if (name === 'destroy') return ['--replica-id', replica];
  if (name === 'backup') return ['--existing-replica-id', replica];
  if (name === 'reconfigure')
    return [
      ...['--existing-replica-id', replica, ...storageFlags(command.storage)],
      ...['--storage-migrated', ...portFlags(command.ports)],
    ];
  const made = ['--replica-id', replica, '--ucp-node', command.node, ...portFlags(command.ports)];
  if (name === 'join') return [...made, '--existing-replica-id', command.existing];
  // A cloud storage cannot be named on restore (dtr-msr.md §0.2): it comes up on its default and is switched.
  const storage =
    command.storage.use === 'default'
      ? ['--dtr-use-default-storage']
      : ['--dtr-storage-volume', command.storage.volume];
  return [...made, '--dtr-external-url', setup.externalUrl, ...storage];
}

const portFlags = ({ http, https }: ReplicaPorts = DEFAULT_PORTS): string[] => [
  ...(http === DEFAULT_PORTS.http ? [] : ['--replica-http-port', String(http)]),
  ...(https === DEFAULT_PORTS.https ? [] : ['--replica-https-port', String(https)]),
];

/** `--nfs-options` means nothing without an explicit URL (release notes of DTR 2.6.0). */
function storageFlags(storage: StorageOnHosts): string[] {
  if ('volume' in storage) return ['--dtr-storage-volume', storage.volume];
  const { url, options } = storage.nfs;
  return ['--nfs-storage-url', url, ...(options === null ? [] : ['--nfs-options', options])];
}
