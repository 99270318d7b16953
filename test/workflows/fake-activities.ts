// Activities that do nothing but remember that they were called, for tests of what workflows do and in which order.
// A test replaces those whose outcome it is about.

import type {
  BackupActivities,
  BackupSubject,
  SetManifest,
  VerificationSubject,
} from '../../contracts/backup.ts';
import type { RestoreActivities, RestoreSubject } from '../../contracts/restore.ts';
import { buildPlan } from '../../domain/migration/plan.ts';
import type { Recipe } from '../../contracts/plan.ts';
import type { MigrationSubject, RecordActivities, Started } from '../../contracts/record-activities.ts';
import type { DtrRegistryEntry, StorageEntry } from '../../contracts/inventory.ts';
import type {
  Canary,
  Closure,
  MetadataBackup,
  RebuildActivities,
  RegistryActivities,
  RegistryState,
  TagSnapshot,
} from '../../contracts/registry-activities.ts';
import type { Named } from '../../domain/migration/move.ts';
import type { StorageActivities } from '../../contracts/storage-activities.ts';
import type { WorkerActivities } from '../../contracts/worker-activities.ts';

export type AllActivities = BackupActivities &
  RestoreActivities &
  RegistryActivities &
  RebuildActivities &
  StorageActivities &
  RecordActivities &
  WorkerActivities;

export const FIRST = '000000000001';
export const SECOND = '000000000002';

const HOUR_MS = 3_600_000;
const policy = { required: true, expiresInMs: HOUR_MS, approvers: [] };

export const subject: MigrationSubject = {
  job: 'jobs/registry-prod/run',
  registry: 'prod',
  source: 'prod-volume',
  destination: 's3-prod',
  boundTo: null,
  dryRun: false,
  windowBudgetMs: HOUR_MS / 2,
  replicas: [
    { id: FIRST, host: 'node1' },
    { id: SECOND, host: 'node2' },
  ],
  approvals: {
    plan: policy,
    window: policy,
    'damaged-blobs': policy,
    recovery: policy,
    'garbage-collection': policy,
  },
  binding: {},
};

/** What the inventory says of those that the subject names. */
export const named: Named & { entry: DtrRegistryEntry } = {
  entry: {
    kind: 'dtr',
    url: 'https://dtr.example.com',
    username: 'admin',
    password: { env: 'DTR_PASSWORD' },
    ucp: {
      url: 'https://ucp.example.com',
      username: 'admin',
      password: { env: 'UCP_PASSWORD' },
      ca: { file: 'ucp-ca.pem' },
      insecureTls: false,
    },
    bootstrapHost: 'node1',
    replicas: subject.replicas.map(({ id }, index) => {
      const host = `node${index + 1}`;
      return { id, host, node: host, url: `https://${host}` };
    }),
    storage: 'prod-volume',
    canaryRepository: 'admin/canary',
  },
  source: { kind: 'host', host: 'node1', volume: 'dtr-images' },
  destination: {
    kind: 's3',
    bucket: 'images',
    region: 'us-east-1',
    rootdirectory: '',
    v4auth: true,
    secure: true,
    skipverify: false,
  } satisfies StorageEntry,
};

export const state: RegistryState = {
  version: '2.7.9',
  mode: 'online',
  readOnly: false,
  replicas: [FIRST, SECOND].map((id) => ({ id, healthy: true, message: 'OK', readOnly: false })),
  collection: { words: [], value: [] },
  runningTasks: [],
  storage: { driver: 'filesystem', fields: {}, volume: 'dtr-images' },
  canaryRepositoryExists: true,
};

const snapshot = (name: string): TagSnapshot => ({ repositories: 2, tags: 7, key: `tags-${name}.ndjson` });
export const CANARY: Canary = {
  replica: FIRST,
  repository: 'admin/canary',
  tag: 'transship-canary-1',
  id: '1',
  digest: 'sha256:canary',
  size: 10,
  key: null,
};
export const CLOSURE: Closure = {
  manifests: 7,
  blobs: 9,
  missing: 0,
  lost: 0,
  unread: 0,
  held: { manifests: 8, links: 12 },
  key: 'closure.ndjson',
  parts: 'image-parts.ndjson',
};
const check = { describe: 'somewhere', actions: [], proof: 'server', proofNote: null } as const;
export const STORED = { repository: 'main', sha256: 'cd'.repeat(32), bytes: 5 };
const backup = (name: string): MetadataBackup => ({
  key: `metadata-${name}.tar.gpg`,
  stored: STORED,
  sha256: 'ab'.repeat(32),
  bytes: 10,
  version: '2.7.9',
  replica: FIRST,
  rows: { tags: 7 },
});

const FILE = { bytes: 10, sha256: 'ab'.repeat(32) };
const CONTENT = { blobs: 9, bytes: 1000, newBlobs: 3, newBytes: 300 };
const AT = '2026-11-28T14:15:00.000Z';
export const SET = '20261128T141500Z-1f2e3d4c';
export const backupSubject: BackupSubject = {
  job: 'jobs/registry-prod/run',
  registry: 'prod',
  storage: 'prod-volume',
  repository: 'main',
  set: SET,
  replica: FIRST,
  boundTo: null,
  dryRun: false,
  binding: {},
};
export const verificationSubject: VerificationSubject = {
  job: 'jobs/sets-prod/run',
  repository: 'main',
  registry: 'prod',
  set: SET,
  boundTo: null,
  deepBytes: 100,
  binding: {},
};
export const restoreSubject: RestoreSubject = {
  job: 'jobs/registry-prod/run',
  registry: 'prod',
  repository: 'main',
  set: SET,
  destination: 's3-prod',
  replicas: [FIRST, SECOND],
  boundTo: null,
  dryRun: false,
  approvals: { restore: policy, recovery: policy },
  binding: {},
};
const manifest: SetManifest = {
  ...{ id: SET, repository: 'f5b4', registry: 'prod', product: 'dtr', version: '2.7.9', replica: FIRST },
  takenAt: { begun: AT, metadata: AT, content: AT, ended: AT },
  replicas: [],
  storage: { kind: 'host', place: 'node1/dtr-images' },
  certificate: null,
  cluster: null,
  schedules: { words: [], value: [] },
  counts: { repositories: 2, tags: 7, manifests: 7, blobs: 9, bytes: 1000 },
  rows: { tags: 7 },
  files: {
    'metadata.tar.gpg': FILE,
    'tags.ndjson': FILE,
    'images.ndjson': FILE,
    'tree.ndjson': FILE,
    'blobs.ndjson': FILE,
  },
  content: CONTENT,
  closure: { lost: 0, unread: 0, unsettled: 0 },
};

/** Answers an input with the subject of the tests, changed, in a job folder of the run's own. */
export const resolvingTo =
  (changes: Partial<MigrationSubject>) =>
  async ({ workflowId, runId }: Started): Promise<MigrationSubject> => ({
    ...subject,
    ...changes,
    job: `jobs/${workflowId}/${runId}`,
  });

/** Plans as Transship does, but for what is changed in the recipe. */
export const planningWith =
  (changes: Partial<Recipe>): AllActivities['makePlan'] =>
  async (facts) => {
    const { recipe, steps } = buildPlan(facts, named, []);
    return {
      digest: 'sha256:plan',
      key: 'plan.txt',
      text: '# Plan',
      recipe: { ...recipe, ...changes },
      steps,
    };
  };

export type Recorder = { calls: string[]; activities: AllActivities };

/** Every call is remembered as its name and what tells it apart, e.g. `setReadOnly true`. */
export function fakeActivities(replaced: Partial<AllActivities> = {}): Recorder {
  const calls: string[] = [];
  let readOnly = false;
  const fakes: AllActivities = {
    resolveMigration: resolvingTo({}),
    resolveReturn: resolvingTo({ source: 's3-prod', destination: 'prod-volume' }),
    findWorkers: async () => ({ workers: [], findings: [] }),
    inspectRegistry: async () => ({ ...state, readOnly }),
    checkAccess: async () => ({ ...check, actions: [] }),
    measureStorage: async () => ({ objects: 10, bytes: 1000, largestBytes: 500 }),
    findDamage: async () => ({
      counts: {},
      examples: [],
      proved: { objects: 0, of: 10 },
      key: 'damage.ndjson',
    }),
    plantCanaries: async () => [CANARY],
    watchPulls: async () => undefined,
    removeCanaries: async () => undefined,
    findCanaries: async ({ canaries }) => canaries.map((canary) => ({ ...canary, key: 'canary' })),
    writeCanaries: async () => undefined,
    checkClosure: async ({ name }) => ({ ...CLOSURE, key: `closure-${name}.ndjson` }),
    locateStorage: async () => ({ uses: ['prod-volume'], place: 'dtr-images' }),
    proveServedFrom: async () => undefined,
    listDamage: async ({ job, pass, accepted }) => ({
      objects: 1,
      unaccepted: accepted === null ? 1 : 0,
      digest: 'sha256:damage',
      key: `${job}/damage-pass-${pass}.ndjson`,
    }),
    snapshotTags: async ({ name }) => snapshot(name),
    makePlan: planningWith({}),
    pauseCollection: async () => ({ saved: { words: [], value: [] } }),
    resumeCollection: async () => ({ resumed: [] }),
    setReadOnly: async () => undefined,
    proveReadOnly: async () => [{ replica: FIRST, status: 405 }],
    proveWritable: async () => [{ replica: FIRST, status: 201 }],
    compareTags: async ({ name }) => ({
      unchanged: 7,
      added: 0,
      changed: 0,
      removed: 0,
      untagged: 0,
      key: name,
    }),
    verifyImages: async () => ({
      tags: 7,
      checkedTo: 7,
      manifests: 7,
      blobs: 9,
      pulledTags: 7,
      pulledBytes: 99,
      problems: 0,
      known: 0,
      unverified: 0,
      key: 'verification.ndjson',
    }),
    switchStorage: async () => undefined,
    previewCollection: async ({ name }) => ({
      blobs: 3,
      unexpected: 0,
      digest: 'sha256:garbage',
      key: `garbage-${name}.ndjson`,
    }),
    collectGarbage: async () => ({ id: 'job', status: 'done' }),
    waitUntilHealthy: async () => undefined,
    findIll: async () => ({ ill: [], well: [FIRST, SECOND] }),
    claimDestination: async () => undefined,
    noteInUse: async () => undefined,
    lookAtDestination: async () => ({ problem: null }),
    releaseDestination: async () => undefined,
    planPass: async ({ pass }) => ({
      shards: pass === 1 ? 2 : 0,
      sourceObjects: 10,
      sourceBytes: 1000,
      copyObjects: pass === 1 ? 10 : 0,
      copyBytes: pass === 1 ? 1000 : 0,
      removeObjects: 0,
    }),
    copyShard: async () => ({
      copiedObjects: 5,
      copiedBytes: 500,
      removedObjects: 0,
      damaged: 0,
      vanished: 0,
      proofs: { server: 5 },
    }),
    backUpMetadata: async ({ name }) => backup(name),
    takeDownReplica: async () => undefined,
    bringUpReplica: async () => undefined,
    joinReplica: async () => undefined,
    writeRefusals: async () => undefined,
    writeReport: async () => ({ key: 'report.html', place: '/srv/journal/report.html' }),
    resolveBackup: async () => backupSubject,
    resolveVerification: async () => verificationSubject,
    planBackup: async () => CONTENT,
    backUpSetMetadata: async () => ({ ...FILE, rows: { tags: 7 } }),
    backUpTree: async () => FILE,
    listSetImages: async () => ({
      ...{ repositories: 2, tags: 7, manifests: 7, unread: 0 },
      ...{ tagsKey: 'tags-set.ndjson', partsKey: 'image-parts-set.ndjson' },
    }),
    backUpBlobs: async () => ({ content: CONTENT, file: FILE }),
    sealSet: async () => manifest,
    checkSet: async () => ({
      ...{ tags: 7, files: 6, blobs: 9, bytes: 1000 },
      ...{ problems: 0, examples: [], key: 'set-problems-set.ndjson' },
    }),
    rehashContent: async () => ({
      ...{ blobs: 1, bytes: 90, of: { blobs: 9, bytes: 1000 }, oldest: null },
      ...{ problems: 0, examples: [], key: 'set-problems-content.ndjson' },
    }),
    noteVerified: async () => undefined,
    writeBackupReport: async () => ({ key: 'report.html' }),
    resolveRestore: async () => restoreSubject,
    listSet: async () => ({ manifest, tagsKey: 'tags-set.ndjson', tags: 7, lostKey: null }),
    lookAtRegistry: async () => ({ state, problem: null }),
    compareWithSet: async () => ({
      ...{ objects: 20, bytes: 1000, there: 0, damaged: 0, strange: 0 },
      examples: [],
    }),
    makeRestorePlan: async () => ({ digest: 'sha256:plan', key: 'plan.txt', text: 'the plan' }),
    restoreContent: async () => ({ written: 20, writtenBytes: 1000, kept: 0 }),
    restoreMetadata: async () => undefined,
    writeRestoreReport: async () => ({ key: 'report.html' }),
    ...replaced,
  };
  const remembered = Object.fromEntries(
    Object.entries(fakes).map(([name, run]) => [
      name,
      async (request: Record<string, unknown>) => {
        const field = TELLING_FIELD[name as keyof AllActivities];
        if (name === 'setReadOnly') readOnly = request['readOnly'] as boolean;
        // Beside all others, so that it stands in no order.
        if (name !== 'watchPulls')
          calls.push(field === undefined ? name : `${name} ${request[field] as string | boolean}`);
        return (run as (request: unknown) => Promise<unknown>)(request);
      },
    ]),
  );
  return { calls, activities: remembered as unknown as AllActivities };
}

const TELLING_FIELD: Partial<Record<keyof AllActivities, string>> = {
  setReadOnly: 'readOnly',
  snapshotTags: 'name',
  previewCollection: 'name',
  backUpMetadata: 'name',
  takeDownReplica: 'replica',
  bringUpReplica: 'replica',
  joinReplica: 'replica',
  switchStorage: 'storage',
  checkClosure: 'name',
  writeCanaries: 'side',
  restoreMetadata: 'tryOnly',
};
