// The one place where a command line of the vendor's bootstrapper is made (dtr-msr.md §1), so that what is run is what
// was shown in the plan and approved. Secrets travel in the environment of the command.

import type { DtrRegistryEntry } from '../../../contracts/inventory.ts';
import type { ReplicaPorts, ToldSettings } from '../../../contracts/registry-activities.ts';
import { shellQuote } from '../../shell-quote.ts';
import { bootstrapperImage } from './lines.ts';
import type { RestoreStorage, StorageOnHosts } from './storage-volume.ts';

/** What every command line of the bootstrapper holds. */
type BootstrapperSetup = {
  /** Without its tag; null: the one of the version. */
  image: string | null;
  ucpUrl: string;
  ucpUsername: string;
  ucpTrust: 'ca' | 'insecure' | 'system';
  /** Where the registry says none of its own. */
  externalUrl: string;
};

/** PEM that stands in the arguments; empty: there is none. */
type Texts = { ucpCa: string; certificate: string; ca: string };

/** Secrets of a restore, by their fields in the inventory, and the variables that hold them, in all versions (dtr-msr.md §1.2). */
export const SECRET_VARIABLES = {
  key: 'DTR_KEY',
  httpProxy: 'DTR_HTTP_PROXY',
  httpsProxy: 'DTR_HTTPS_PROXY',
} as const;
type SecretName = keyof typeof SECRET_VARIABLES;

/**
 * `replica` is the one that the command makes, removes or talks to. `ports`: on which it listens; a command that is not told
 * of them takes 80 and 443, whatever it was before (dtr-msr.md §1.3).
 */
export type BootstrapperCommand =
  | { name: 'backup'; replica: string }
  | { name: 'destroy'; replica: string }
  | {
      name: 'restore';
      replica: string;
      node: string;
      storage: RestoreStorage;
      ports?: ReplicaPorts;
      settings?: ToldSettings;
      /** With `key` goes the certificate. */
      secrets?: SecretName[];
    }
  | { name: 'join'; replica: string; node: string; existing: string; ports?: ReplicaPorts }
  | {
      name: 'reconfigure';
      replica: string;
      storage: StorageOnHosts;
      /** `--storage-migrated`: the tags stay where they would be erased. */
      migrated: boolean;
      ports?: ReplicaPorts;
    };

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

/** What a restore can be told of what the inventory refers to; a key is none without its certificate. */
export const secretsOf = ({ restore = {} }: DtrRegistryEntry, certificate: string | null): SecretName[] =>
  (Object.keys(SECRET_VARIABLES) as SecretName[]).filter(
    (name) => restore[name] !== undefined && (name !== 'key' || Boolean(certificate)),
  );

export function bootstrapperArgv(
  setup: BootstrapperSetup,
  version: string,
  command: BootstrapperCommand,
  texts: Texts,
): string[] {
  const secrets = (command.name === 'restore' && command.secrets) || [];
  return [
    // `-i` and never `-t`: the tar goes through stdin and stdout; no log driver, or it would land in the daemon's log too.
    ...['docker', 'run', '--rm', '-i', '--log-driver', 'none', '--env', 'UCP_PASSWORD'],
    ...secrets.flatMap((name) => ['--env', SECRET_VARIABLES[name]]),
    imageOf(setup, version),
    command.name,
    ...flagsOf(setup, command, texts),
    ...['--ucp-url', setup.ucpUrl, '--ucp-username', setup.ucpUsername],
    ...(setup.ucpTrust === 'ca' ? ['--ucp-ca', texts.ucpCa] : []),
    ...(setup.ucpTrust === 'insecure' ? ['--ucp-insecure-tls'] : []),
  ];
}

/** Asks what `reconfigure` knows: `--help-extended` shows what the short help may leave out (dtr-msr.md §1.1). */
export const helpArgv = (
  setup: Pick<BootstrapperSetup, 'image'>,
  version: string,
  help: '--help' | '--help-extended',
): string[] => [
  ...['docker', 'run', '--rm', '--log-driver', 'none'],
  imageOf(setup, version),
  ...['reconfigure', help],
];

const imageOf = ({ image }: Pick<BootstrapperSetup, 'image'>, version: string): string =>
  image === null ? bootstrapperImage(version) : `${image}:${version}`;

const PLACEHOLDERS: Texts = {
  ucpCa: '"$(cat ucp-ca.pem)"',
  certificate: '"$(cat dtr-cert.pem)"',
  ca: '"$(cat dtr-ca.pem)"',
};
const PLAIN_WORD = /^[\w@%+=:,./-]+$/;

/** The same command as a line for a shell; files stand for the texts of certificates. */
export function bootstrapperLine(
  setup: BootstrapperSetup,
  version: string,
  command: BootstrapperCommand,
): string {
  return shellLine(bootstrapperArgv(setup, version, command, PLACEHOLDERS));
}

/** Words as a person would write them. */
export const shellLine = (argv: string[]): string =>
  argv.map((word) => (isPlain(word) ? word : shellQuote(word))).join(' ');

const isPlain = (word: string): boolean =>
  Object.values(PLACEHOLDERS).includes(word) || PLAIN_WORD.test(word);

function flagsOf(setup: BootstrapperSetup, command: BootstrapperCommand, texts: Texts): string[] {
  const { name, replica } = command;
  if (name === 'destroy') return ['--replica-id', replica];
  if (name === 'backup') return ['--existing-replica-id', replica];
  if (name === 'reconfigure')
    return [
      ...['--existing-replica-id', replica, ...storageFlags(command.storage)],
      ...(command.migrated ? ['--storage-migrated'] : []),
      ...portFlags(command.ports),
    ];
  const made = ['--replica-id', replica, '--ucp-node', command.node, ...portFlags(command.ports)];
  if (name === 'join') return [...made, '--existing-replica-id', command.existing];
  // A cloud storage cannot be named on restore (dtr-msr.md §0.2): it comes up on its default and is switched.
  const storage =
    command.storage.use === 'default'
      ? ['--dtr-use-default-storage']
      : ['--dtr-storage-volume', command.storage.volume];
  const isOwn = command.secrets?.includes('key') === true;
  return [
    ...[...made, '--dtr-external-url', command.settings?.externalUrl || setup.externalUrl, ...storage],
    ...settingFlags(command.settings),
    ...(isOwn ? ['--dtr-cert', texts.certificate] : []),
    ...(isOwn && texts.ca !== '' ? ['--dtr-ca', texts.ca] : []),
  ];
}

/** What is nothing, or what everybody has (dtr-msr.md §1.3), is not said. */
const settingFlags = (settings?: ToldSettings): string[] =>
  settings === undefined
    ? []
    : SETTING_FLAGS.flatMap(([flag, name, usual]) =>
        ['', usual].includes(settings[name]) ? [] : [flag, settings[name]],
      );

const SETTING_FLAGS: [flag: string, name: keyof ToldSettings, usual?: string][] = [
  ['--http-proxy', 'httpProxy'],
  ['--https-proxy', 'httpsProxy'],
  ['--no-proxy', 'noProxy'],
  ['--log-protocol', 'logProtocol', 'internal'],
  ['--log-host', 'logHost'],
  ['--log-level', 'logLevel', 'INFO'],
];

const portFlags = ({ http, https }: ReplicaPorts = DEFAULT_PORTS): string[] => [
  ...(http === DEFAULT_PORTS.http ? [] : ['--replica-http-port', String(http)]),
  ...(https === DEFAULT_PORTS.https ? [] : ['--replica-https-port', String(https)]),
];

/** Options mean nothing without an explicit URL, and an empty one leaves NFS (release notes of DTR 2.6.0; S1). */
function storageFlags(storage: StorageOnHosts): string[] {
  if ('volume' in storage) return ['--dtr-storage-volume', storage.volume];
  if ('own' in storage) return ['--nfs-storage-url', ''];
  const { url, options, isAsync } = storage.nfs;
  return [
    ...['--nfs-storage-url', url],
    ...(options === null ? [] : ['--nfs-options', options]),
    ...(isAsync ? ['--async-nfs'] : []),
  ];
}
