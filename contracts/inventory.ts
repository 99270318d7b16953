// What the inventory file says once it is read and checked. Only workers read it; workflows know the names alone.
// A secret is a reference everywhere and is resolved at the moment of use.

/** Where a secret is found on the worker: a variable, a file's content, or what a command prints. */
export type SecretRef = { env: string } | { file: string } | { command: string[] };

export type HostEntry = {
  /** IP address or name that the worker can reach. */
  address: string;
  port: number;
  user: string;
  /** Private key in OpenSSH format. */
  key: SecretRef;
  /** The pinned host key, e.g. `ssh-ed25519 AAAAC3…`; several where the host has several. */
  hostKeys: string[];
  /** Folder on the host where outputs and states of remote jobs are kept. */
  stateDir: string;
};

export type FilesystemStorageEntry = { kind: 'filesystem'; path: string };

export type HostStorageEntry = {
  kind: 'host';
  host: string;
  /** The directory, or `volume` to let `docker volume inspect` find it. */
  path?: string;
  volume?: string;
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
  /** S1 "Signature version 4 auth". Only true can be served; false is refused by the inventory check. */
  v4auth: boolean;
  /** S1 "Use HTTPS". */
  secure: boolean;
  /** S1 "Skip TLS verification". */
  skipverify: boolean;
  /** S1 "Root CA certificate", PEM. */
  rootca?: SecretRef;
};

export type StorageEntry = FilesystemStorageEntry | HostStorageEntry | S3StorageEntry;

export type ReplicaEntry = {
  /** 12 hexadecimal characters. */
  id: string;
  /** The inventory's host that the replica runs on. */
  host: string;
  /** Node name in UCP, for `--ucp-node`. */
  node: string;
  /** Where this one replica answers, e.g. `https://10.0.0.2`. */
  url: string;
};

export type RegistryEntry = {
  kind: 'dtr';
  /** The external URL, usually of the load balancer. */
  url: string;
  /** PEM of the CA that signed the registry's certificate; absent: the system's CAs. */
  ca?: SecretRef;
  username: string;
  /** Password or access token of an administrator. */
  password: SecretRef;
  ucp: { url: string; username: string; password: SecretRef; ca?: SecretRef; insecureTls: boolean };
  /** The inventory's host that runs the bootstrapper; it needs Docker and a way to UCP. */
  bootstrapHost: string;
  /** Image of the bootstrapper without its tag; absent: the one that belongs to the version. */
  bootstrapImage?: string;
  replicas: ReplicaEntry[];
  /** The storage that the registry uses now. */
  storage: string;
  /** Repository that proofs push to, e.g. `admin/transship-canary`. It must exist. */
  canaryRepository: string;
};

export type ApprovalPolicy = {
  required: boolean;
  /** Milliseconds until an open question expires. */
  expiresInMs: number;
  /** Who may decide; empty: everybody who reaches Temporal. */
  approvers: string[];
};

export type ApprovalStep = 'plan' | 'window' | 'damaged-blobs' | 'garbage-collection';

export type Inventory = {
  registries: Record<string, RegistryEntry>;
  hosts: Record<string, HostEntry>;
  storages: Record<string, StorageEntry>;
  /** Storage where work lists, results, saved states and reports are kept. */
  journal: string;
  /** Storage where metadata backups are kept. They hold private keys: see docs/operations. */
  backups: string;
  approvals: Record<ApprovalStep, ApprovalPolicy>;
};
