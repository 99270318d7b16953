// The bootstrapper's flags: which command knows which flag since which version (dtr-msr.md §1.2, §1.3).

import { compareVersions } from '../versions.ts';

export type CommandName =
  | 'install'
  | 'join'
  | 'reconfigure'
  | 'backup'
  | 'restore'
  | 'destroy'
  | 'remove'
  | 'images';

export type Flag = {
  name: string;
  env: string;
  /** Name of the variable since 2.8, where Mirantis changed it. */
  msrEnv?: string;
  /** A switch takes no value. */
  isSwitch?: true;
  /** For each command the first version that knows the flag. */
  since: Partial<Record<CommandName, string>>;
  /** The first version that does not know it any more. */
  until?: string;
  /** What the help says of it. */
  about?: string;
};

const FIRST = '2.5';

const on = (since: string, ...commands: CommandName[]): Partial<Record<CommandName, string>> =>
  Object.fromEntries(commands.map((command) => [command, since]));

const EVERYWHERE = on(FIRST, 'install', 'join', 'reconfigure', 'backup', 'restore', 'destroy', 'remove');
const SETUP = on(FIRST, 'install', 'reconfigure', 'restore');
const PORTS = on(FIRST, 'install', 'join', 'reconfigure', 'restore');

const FLAGS: readonly Flag[] = [
  {
    name: 'async-nfs',
    env: 'ASYNC_NFS',
    isSwitch: true,
    since: { ...on('2.6', 'install', 'reconfigure'), restore: '2.8' },
    about:
      'Use async NFS volume options; --nfs-storage-url must be set explicitly, see also --storage-migrated',
  },
  { name: 'client-cert-auth-ca', env: 'CLIENT_CA', since: on('2.7', 'install', 'reconfigure') },
  {
    name: 'custom-ca-cert-bundle',
    env: 'CUSTOM_CA_CERTS_BUNDLE',
    since: on('2.8', 'install', 'reconfigure', 'restore'),
  },
  { name: 'debug', env: 'DEBUG', isSwitch: true, since: EVERYWHERE },
  { name: 'dtr-ca', env: 'DTR_CA', msrEnv: 'MSR_CA', since: SETUP },
  { name: 'dtr-cert', env: 'DTR_CERT', since: SETUP },
  { name: 'dtr-external-url', env: 'DTR_EXTERNAL_URL', since: SETUP },
  { name: 'dtr-key', env: 'DTR_KEY', since: SETUP },
  { name: 'dtr-storage-volume', env: 'DTR_STORAGE_VOLUME', since: SETUP },
  {
    name: 'dtr-use-default-storage',
    env: 'DTR_DEFAULT_STORAGE',
    isSwitch: true,
    since: on('2.6', 'restore'),
  },
  {
    name: 'enable-client-cert-auth',
    env: 'ENABLE_CLIENT_CERT_AUTH',
    isSwitch: true,
    since: on('2.7', 'install', 'reconfigure'),
  },
  { name: 'enable-pprof', env: 'DTR_PPROF', isSwitch: true, since: SETUP },
  {
    name: 'existing-replica-id',
    env: 'DTR_REPLICA_ID',
    msrEnv: 'MSR_REPLICA_ID',
    since: on(FIRST, 'join', 'reconfigure', 'backup', 'remove'),
  },
  { name: 'force', env: 'DTR_FORCE_REMOVE_REPLICA', isSwitch: true, since: on('2.6.13', 'remove') },
  { name: 'help', env: '', isSwitch: true, since: EVERYWHERE },
  {
    name: 'help-extended',
    env: 'DTR_EXTENDED_HELP',
    msrEnv: 'MSR_EXTENDED_HELP',
    isSwitch: true,
    since: EVERYWHERE,
  },
  { name: 'http-proxy', env: 'DTR_HTTP_PROXY', since: SETUP },
  { name: 'https-proxy', env: 'DTR_HTTPS_PROXY', since: SETUP },
  { name: 'log-host', env: 'LOG_HOST', since: SETUP },
  { name: 'log-level', env: 'LOG_LEVEL', since: SETUP },
  { name: 'log-protocol', env: 'LOG_PROTOCOL', since: SETUP },
  { name: 'nfs-options', env: 'NFS_OPTIONS', since: on('2.6', 'install', 'reconfigure') },
  { name: 'nfs-storage-url', env: 'NFS_STORAGE_URL', since: SETUP },
  {
    name: 'nocolor',
    env: 'NOCOLOR',
    isSwitch: true,
    since: Object.fromEntries(Object.keys(EVERYWHERE).map((command) => [command, '2.8'])),
  },
  { name: 'no-proxy', env: 'DTR_NO_PROXY', since: SETUP },
  { name: 'offline-backup', env: 'DTR_OFFLINE_BACKUP', isSwitch: true, since: on(FIRST, 'backup') },
  { name: 'overlay-subnet', env: 'DTR_OVERLAY_SUBNET', since: on(FIRST, 'install') },
  // Its variable is not public.
  { name: 'reinitialize-storage', env: '', isSwitch: true, since: on('2.9', 'reconfigure') },
  { name: 'replica-http-port', env: 'REPLICA_HTTP_PORT', since: PORTS },
  { name: 'replica-https-port', env: 'REPLICA_HTTPS_PORT', since: PORTS },
  {
    name: 'replica-id',
    env: 'DTR_INSTALL_REPLICA_ID',
    msrEnv: 'MSR_INSTALL_REPLICA_ID',
    since: on(FIRST, 'install', 'join', 'restore'),
  },
  {
    name: 'replica-id',
    env: 'DTR_DESTROY_REPLICA_ID',
    msrEnv: 'MSR_DESTROY_REPLICA_ID',
    since: on(FIRST, 'destroy'),
  },
  {
    name: 'replica-id',
    env: 'DTR_REMOVE_REPLICA_ID',
    msrEnv: 'MSR_REMOVE_REPLICA_ID',
    since: on(FIRST, 'remove'),
  },
  {
    name: 'replica-ids',
    env: 'DTR_REMOVE_REPLICA_IDS',
    msrEnv: 'MSR_REMOVE_REPLICA_IDS',
    since: on(FIRST, 'remove'),
  },
  { name: 'replica-rethinkdb-cache-mb', env: 'RETHINKDB_CACHE_MB', since: PORTS },
  { name: 'skip-network-test', env: 'DTR_SKIP_NETWORK_TEST', isSwitch: true, since: on(FIRST, 'join') },
  {
    name: 'storage-migrated',
    env: 'STORAGE_MIGRATED',
    isSwitch: true,
    since: on('2.6.4', 'reconfigure'),
    // The pages on NFS of 2.9 and 2.10 name it, their notes do without it: one of them has it here.
    until: '2.10',
  },
  { name: 'ucp-ca', env: 'UCP_CA', since: EVERYWHERE },
  { name: 'ucp-insecure-tls', env: 'UCP_INSECURE_TLS', isSwitch: true, since: EVERYWHERE },
  { name: 'ucp-node', env: 'UCP_NODE', since: on(FIRST, 'install', 'join', 'restore') },
  { name: 'ucp-password', env: 'UCP_PASSWORD', since: EVERYWHERE },
  { name: 'ucp-url', env: 'UCP_URL', since: EVERYWHERE },
  { name: 'ucp-username', env: 'UCP_USERNAME', since: EVERYWHERE },
  { name: 'unsafe-join', env: 'DTR_UNSAFE_JOIN', isSwitch: true, since: on(FIRST, 'join') },
];

/** The flags of a command in a version, with the names of their variables in that version. */
export function flagsOf(command: CommandName, version: string): Flag[] {
  const isMsr = compareVersions(version, '2.8') >= 0;
  return FLAGS.filter(({ since, until }) => {
    const first = since[command];
    const isGone = until !== undefined && compareVersions(version, until) >= 0;
    return first !== undefined && compareVersions(version, first) >= 0 && !isGone;
  }).map((flag) => (isMsr && flag.msrEnv !== undefined ? { ...flag, env: flag.msrEnv } : flag));
}
