// How long things take. The defaults are short, so that tests are; a demonstration of the real product's slowness sets
// them in `lab.json`.

export type Timings = {
  /** What install, join, restore, reconfigure, destroy and remove take at least. */
  commandMs: number;
  /** A replica applies changed settings after a random time up to this. The real time is not known. */
  settingsDelayMs: number;
  /** A worker waits a random time up to this before it claims a job; the documents say 3 s. */
  jobClaimMs: number;
  /** What the job `sleep` takes; the documents say 60 s. */
  sleepJobMs: number;
  /** Writes in flight get this long before a switch to read-only or to another storage cuts them off. */
  writeDrainMs: number;
  /** Online GC leaves manifests and links alone that are younger: somebody may be pushing them. */
  gcGraceMs: number;
  /** Online GC leaves unknown blobs of the storage alone that are younger. */
  gcOrphanGraceMs: number;
  /** Health older than this is reported as too old. */
  healthTimeoutMs: number;
};

const DEFAULTS: Timings = {
  commandMs: 300,
  settingsDelayMs: 300,
  jobClaimMs: 200,
  sleepJobMs: 2_000,
  writeDrainMs: 1_000,
  gcGraceMs: 5_000,
  gcOrphanGraceMs: 1_000,
  healthTimeoutMs: 15_000,
};

export const timingsOf = (config: { timings?: Partial<Timings> }): Timings => ({
  ...DEFAULTS,
  ...config.timings,
});
