// The cluster's settings, kept in `properties` and therefore part of every backup, together with the storage that is
// configured and the key that signs tokens.

import { randomBytes } from 'node:crypto';
import type { Store } from './store.ts';

/** The part of `responses_Settings` (dtr-msr.md, appendix B) that can be posted. */
export type Settings = Record<string, string | number | boolean> & {
  createRepositoryOnPush: boolean;
  readOnlyRegistry: boolean;
  dtrHost: string;
  webTLSCert: string;
};

/** Where blobs are kept. */
export type StorageTarget = VolumeStorage | CloudStorage;
/** An empty `volume` is each replica's own `dtr-registry-<id>`. */
type VolumeStorage = {
  driver: 'filesystem';
  volume: string;
  nfsHost: string;
  nfsPath: string;
  options: StorageOptions;
};
/** The drivers of S1's list; each takes Distribution's parameters. */
export const CLOUD_DRIVERS = ['s3', 'azure', 'gcs', 'swift'] as const;
export type CloudDriver = (typeof CLOUD_DRIVERS)[number];
export type CloudStorage = {
  driver: CloudDriver;
  parameters: Record<string, unknown>;
  options: StorageOptions;
};

/** Distribution's settings beside the driver's: `delete`, `redirect`, `maintenance`. */
export type StorageOptions = Record<string, unknown>;

export const DEFAULT_OPTIONS: StorageOptions = { delete: { enabled: true } };
export const LOCAL_STORAGE: VolumeStorage = {
  driver: 'filesystem',
  volume: '',
  nfsHost: '',
  nfsPath: '',
  options: DEFAULT_OPTIONS,
};

export const DEFAULT_SETTINGS: Settings = {
  anonymizeAnalytics: false,
  createRepositoryOnPush: true,
  disableBackupWarning: false,
  disablePersistentCookies: false,
  disableUpgrades: false,
  clientCertAuthEnabled: false,
  dtrHost: '',
  httpProxy: '',
  httpsProxy: '',
  noProxy: '',
  jobHistoryCompactionEnabled: true,
  jobHistoryMaxAge: '',
  jobHistoryToKeep: 0,
  logHost: '',
  logLevel: 'INFO',
  logProtocol: 'internal',
  readOnlyRegistry: false,
  repoEventHistoryCompactionEnabled: true,
  repoEventHistoryMaxAge: '',
  repoEventHistoryToKeep: 0,
  reportAnalytics: false,
  scanningDeadline: 0,
  scanningEnableAutoRecheck: false,
  scanningEnabled: false,
  scanningSyncOnline: false,
  sso: false,
  webTLSCA: '',
  webTLSCert: '',
  webTLSClientCA: '',
};

type Property = { key: string; value: unknown };

const read = (store: Store, key: string): unknown =>
  (store.document('properties', key) as Property | undefined)?.value;
const write = (store: Store, key: string, value: unknown): void =>
  store.putDocument('properties', key, { key, value } satisfies Property);

export const readSettings = (store: Store): Settings =>
  (read(store, 'settings') as Settings | undefined) ?? DEFAULT_SETTINGS;
export const writeSettings = (store: Store, changes: Partial<Settings>): void =>
  write(store, 'settings', { ...readSettings(store), ...changes });

export const readStorage = (store: Store): StorageTarget =>
  (read(store, 'storage') as StorageTarget | undefined) ?? LOCAL_STORAGE;
export const writeStorage = (store: Store, target: StorageTarget): void => write(store, 'storage', target);

/** Is it another place, so that DTR would start a new metadata store? Credentials and options do not make one. */
export function isOtherStorage(a: StorageTarget, b: StorageTarget): boolean {
  return placeOf(a) !== placeOf(b);
}

/** The parameters of each driver that name a place. */
const PLACE: Record<CloudDriver, string[]> = {
  s3: ['bucket', 'rootdirectory', 'regionendpoint', 'region'],
  azure: ['accountname', 'container', 'realm', 'serviceurl', 'rootdirectory'],
  gcs: ['bucket', 'rootdirectory'],
  swift: ['authurl', 'container', 'region', 'tenant', 'tenantid', 'domain', 'domainid', 'prefix'],
};

function placeOf(target: StorageTarget): string {
  if (target.driver === 'filesystem') return JSON.stringify([target.volume, target.nfsHost, target.nfsPath]);
  const { driver, parameters } = target;
  return JSON.stringify([driver, ...PLACE[driver].map((name) => parameters[name] ?? '')]);
}

/** Of the certificate that the settings show, which is the lab's where both are empty. No GET shows it; a backup has it. */
export const readTlsKey = (store: Store): string => (read(store, 'webTLSKey') as string | undefined) ?? '';
export const writeTlsKey = (store: Store, pem: string): void => write(store, 'webTLSKey', pem);

/** Signs tokens and uploads in progress, the same on every replica. */
export const readClusterSecret = (store: Store): string =>
  (read(store, 'clusterSecret') as string | undefined) ?? '';
export const createClusterSecret = (store: Store): void =>
  write(store, 'clusterSecret', randomBytes(32).toString('hex'));
