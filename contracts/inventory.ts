// What the inventory file says once it is read and checked. Only workers read it; workflows know the names alone.
// A secret is a reference everywhere and is resolved at the moment of use.

import type { MigrationTopic } from './migration.ts';
import type { RestoreTopic } from './operation.ts';
import type { ScheduleEntry } from './schedule.ts';

/** Where a secret is found on the worker: a variable, a file's content, or what a command prints. */
export type SecretRef = { env: string } | { file: string } | { command: string[] };

export type HostEntry = {
  /** IP address or name that the worker can reach. */
  address: string;
  port: number;
  user: string;
  /** Words in front of every command, e.g. `sudo -n`, where the user may not read Docker's volumes. Absent: none. */
  become?: string;
  /** Private key in OpenSSH format. */
  key: SecretRef;
  /** The pinned host key, e.g. `ssh-ed25519 AAAAC3…`; several where the host has several. */
  hostKeys: string[];
  /** Folder on the host where outputs and states of remote jobs are kept. */
  stateDir: string;
};

/** Links in a directory that are followed: where each really leads, by its key. Others are not. */
export type AcceptedLinks = Readonly<Record<string, string>>;

export type FilesystemStorageEntry = {
  kind: 'filesystem';
  path: string;
  /** Only workers that were started with `--bound-to <this>` see the directory; absent: every worker does. */
  boundTo?: string;
  links?: AcceptedLinks;
};

/** A directory on a host: exactly one of `path`, `volume` and `nfs` says which. */
export type HostStorageEntry = {
  kind: 'host';
  host: string;
  path?: string;
  /** A Docker volume, found with `docker volume inspect`; `dtr-nfs-registry-<id>` also finds `dtr-registry-nfs-<id>`. */
  volume?: string;
  /**
   * An NFS export, mounted on the host while it is needed; S1's `--nfs-storage-url`, `--nfs-options` and `--async-nfs`, of which
   * one at most is given.
   */
  nfs?: { url: string; options?: string; async?: boolean };
  /** Directory below that, where the registry's tree begins. */
  subdirectory?: string;
  links?: AcceptedLinks;
};

/** S1 "Configure MSR": the fields of the S3 page, each under the name that the registry's driver uses. */
export type S3StorageEntry = {
  kind: 's3';
  bucket: string;
  region: string;
  regionendpoint?: string;
  rootdirectory: string;
  /** Absent: the ambient credentials of the worker (IAM role). */
  accesskey?: SecretRef;
  secretkey?: SecretRef;
  /** Of temporary keys (AWS STS), which a registry cannot be given. */
  sessiontoken?: SecretRef;
  /** S1 "Signature version 4 auth". Only true can be served; false is refused by the inventory check. */
  v4auth: boolean;
  /** S1 "Use HTTPS". */
  secure: boolean;
  /** S1 "Skip TLS verification". */
  skipverify: boolean;
  /** S1 "Root CA certificate", PEM. */
  rootca?: SecretRef;
};

/** S1 "Azure Storage"; the fields of the registry's azure driver. */
export type AzureStorageEntry = {
  kind: 'azure';
  accountname: string;
  /** Base64, as Azure shows it. */
  accountkey: SecretRef;
  container: string;
  /** Default `core.windows.net`. */
  realm: string;
  /** URL of the blob service where it is not `https://<accountname>.blob.<realm>`. */
  serviceurl?: string;
  rootdirectory: string;
  /** Blob names begin with `/`, as Distribution 2, DTR and MSR write them; Distribution 3 does not. */
  legacyrootprefix?: boolean;
};

/** S1 "Google Cloud Storage"; the fields of the registry's gcs driver. */
export type GcsStorageEntry = {
  kind: 'gcs';
  bucket: string;
  /** Content of the service account's key file, JSON. Absent: the ambient credentials of the worker. */
  keyfile?: SecretRef;
  rootdirectory: string;
  /** URL of the API where it is not Google's. */
  endpoint?: string;
};

/** S1 "OpenStack Swift"; the fields of the registry's swift driver. */
export type SwiftStorageEntry = {
  kind: 'swift';
  authurl: string;
  /** 1 is tempauth and its like, 2 and 3 Keystone. Absent: told by the end of `authurl`. */
  authversion?: 1 | 2 | 3;
  username: string;
  password: SecretRef;
  container: string;
  region?: string;
  tenant?: string;
  tenantid?: string;
  domain?: string;
  domainid?: string;
  trustid?: string;
  endpointtype: 'public' | 'internal' | 'admin';
  insecureskipverify: boolean;
  /** PEM. */
  rootca?: SecretRef;
  /** Bytes of a segment; the registry's default is 5 MiB. */
  chunksize: number;
  prefix: string;
};

export type StorageEntry =
  | FilesystemStorageEntry
  | HostStorageEntry
  | S3StorageEntry
  | AzureStorageEntry
  | GcsStorageEntry
  | SwiftStorageEntry;

export type StorageKind = StorageEntry['kind'];

/** How hard a worker may copy. Limits are each worker's own. */
export type CopyingPolicy = {
  /** Objects in flight on one worker: the copy finds the best number between these. */
  concurrency: { min: number; max: number };
  /** Bytes per second while the registry is in use; null: no limit. The final delta has none. */
  bandwidth: number | null;
  /** The first row that holds now replaces `bandwidth`. */
  timetable: {
    /** Lower-case English, e.g. `mon`; empty: every day. */
    days: ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[];
    /** `HH:MM`; a row whose end is not after its start goes over midnight. */
    from: string;
    to: string;
    /** Bytes per second; null: no limit. */
    bandwidth: number | null;
  }[];
  /** IANA name of the zone that the timetable is written in. */
  timezone: string;
  /** Copying slows down while the registry takes this many times longer to answer than before it; null: never. */
  yieldAtSlowdown: number | null;
};

export type ReplicaEntry = {
  id: string;
  /** The inventory's host that the replica runs on; absent: the worker's own machine. */
  host?: string;
  /** Where this one replica answers, e.g. `https://10.0.0.2`. */
  url: string;
};

/** What is said of every registry, whichever product it is. */
type AnyRegistryEntry<Replica extends ReplicaEntry> = {
  /** The external URL, usually of the load balancer. */
  url: string;
  /** PEM of the CA that signed the registry's certificate; absent: the system's CAs. */
  ca?: SecretRef;
  /** Absent, like `password`: nobody is asked who he is. */
  username?: string;
  /** Password or access token of an administrator. */
  password?: SecretRef;
  replicas: Replica[];
  /** The storage that the registry uses now. */
  storage: string;
  /** Repository that proofs push to, e.g. `admin/transship-canary`. It must exist. */
  canaryRepository: string;
};

/** Its id is 12 hexadecimal characters. */
type DtrReplicaEntry = ReplicaEntry & {
  host: string;
  /** Node name in UCP, for `--ucp-node`. */
  node: string;
};

/** Docker Trusted Registry, and Mirantis Secure Registry 2. */
export type DtrRegistryEntry = AnyRegistryEntry<DtrReplicaEntry> & {
  kind: 'dtr';
  username: string;
  password: SecretRef;
  ucp: { url: string; username: string; password: SecretRef; ca?: SecretRef; insecureTls: boolean };
  /** The inventory's host that runs the bootstrapper; it needs Docker and a way to UCP. */
  bootstrapHost: string;
  /** Image of the bootstrapper without its tag; absent: the one that belongs to the version. */
  bootstrapImage?: string;
  /** What a restored registry must be told and does not show itself. `key`: PEM, of its certificate. Proxies: URLs with credentials. */
  restore?: { key?: SecretRef; httpProxy?: SecretRef; httpsProxy?: SecretRef };
};

/** One process of the registry, with the file that it reads when it starts. */
export type DistributionReplicaEntry = ReplicaEntry & {
  /** Path of its configuration, e.g. `/etc/docker/registry/config.yml`. */
  config: string;
  /** Starts it again and returns when the old process is gone, e.g. `[systemctl, restart, docker-registry]`. */
  restart: string[];
  /** How its own program is run there, e.g. `[docker-registry]` or `[docker, exec, -i, registry, registry]`. */
  program: string[];
  /** The path of `config` as that program sees it, where it runs in a container; absent: the same. */
  configInside?: string;
};

/** CNCF Distribution 2 and 3, the plain `registry`. */
export type DistributionRegistryEntry = AnyRegistryEntry<DistributionReplicaEntry> & {
  kind: 'distribution';
  /** Folder on the worker for outputs of commands, where a replica has no `host`. */
  stateDir: string;
};

export type RegistryEntry = DtrRegistryEntry | DistributionRegistryEntry;

export type RegistryKind = RegistryEntry['kind'];

/**
 * How metadata archives are encrypted with gpg: with a passphrase (S2), or for public keys. `secretKey`, armored, is given where
 * archives are read again.
 */
export type RepositoryEncryption =
  | { passphrase: SecretRef }
  | { recipients: SecretRef[]; secretKey?: SecretRef; secretKeyPassphrase?: SecretRef };

/** A place where backups are kept: one storage, and what protects them there. */
export type RepositoryEntry = {
  storage: string;
  encryption: RepositoryEncryption;
  /** Ed25519 private key, PEM (PKCS #8); signs the manifests of sets. */
  signing: { key: SecretRef };
};

export type ApprovalPolicy = {
  required: boolean;
  /** Milliseconds until an open question expires. */
  expiresInMs: number;
  /** Who may decide; empty: everybody who reaches Temporal. */
  approvers: string[];
};

export type Inventory = {
  registries: Record<string, RegistryEntry>;
  hosts: Record<string, HostEntry>;
  storages: Record<string, StorageEntry>;
  /** Storage where work lists, results, saved states and reports are kept. */
  journal: string;
  repositories: Record<string, RepositoryEntry>;
  /** Repository of the metadata backups that migrations make. */
  backups: string;
  approvals: Record<MigrationTopic | RestoreTopic, ApprovalPolicy>;
  copying: CopyingPolicy;
  /** What runs by itself, once `transship schedules apply` has told Temporal. */
  schedules: Record<string, ScheduleEntry>;
};
