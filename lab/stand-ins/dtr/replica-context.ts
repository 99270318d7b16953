// What every part of a replica is given.

import type { BlobService } from './blob-service.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ReplicaRecord, StandInConfig } from './cluster.ts';
import type { Jobs } from './jobs.ts';
import type { Store } from './store.ts';
import type { DtrVersion } from './versions.ts';

export type Replica = {
  config: StandInConfig;
  dtrDir: string;
  record: ReplicaRecord;
  version: DtrVersion;
  store: Store;
  blobs: BlobService;
  cluster: ClusterView;
  jobs: Jobs;
  /** The administrator's password; the lab has one account. */
  password: string;
  /** Signs tokens. */
  secret: string;
};
