// What is known of the workers themselves: which of them take work, with which build and which inventory.

/** A worker as its polls of Temporal show it. */
export type FoundWorker = {
  /** Host and process, e.g. `node1:4711`. */
  process: string;
  /** Digest of its sources and packages; null: it does not say so. */
  build: string | null;
  /** Digest of its inventory; null: it does not say so. */
  inventory: string | null;
  taskQueues: string[];
  /** When it asked for work last. One that ended is listed for some minutes. */
  lastSeen: string;
};

export type WorkerActivities = {
  /** `findings`: why a migration had better not begin with these workers; `boundTo`: the place whose workers it needs. */
  findWorkers(request: { boundTo: string | null }): Promise<{ workers: FoundWorker[]; findings: string[] }>;
};
