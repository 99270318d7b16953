// Every file of the journal: where it lies, what it holds and who writes it. This is the only place that spells a key, and
// docs/concepts/journal.md has its table from here.
//
// `<job>` is the folder of one run, one copy or one check. Its other names are filled in by whoever asks for the file.

type Row = {
  path: string;
  /**
   * `record`: one JSON value. `lines`: a list of any length, one JSON value a line. Both say which format and version they
   * are of, and carry the digest of what they hold. `text`: for people, or with a format of its own.
   */
  form: 'record' | 'lines' | 'text';
  /** Counted up when the shape of the value or of the lines changes. */
  version: number;
  /** What it holds, for the docs. */
  holds: string;
  /** The activity, or the command, that writes it. */
  writtenBy: string;
};

export const JOURNAL = {
  plan: {
    path: '<job>/plan.json',
    form: 'record',
    version: 1,
    holds: 'the plan; the `digest` in this record is the one that people approve',
    writtenBy: 'makePlan',
  },
  'plan-text': {
    path: '<job>/plan.txt',
    form: 'text',
    version: 1,
    holds: 'the plan as people read it',
    writtenBy: 'makePlan',
  },
  tags: {
    path: '<job>/tags-<name>.ndjson',
    form: 'lines',
    version: 1,
    holds:
      'every tag with its digest: `before` the plan, `final` after the last push, `proved` right before the point of no return, `after` the switch, `going-back` before a way back; in byte order',
    writtenBy: 'snapshotTags',
  },
  untagged: {
    path: '<job>/untagged-<name>.ndjson',
    form: 'lines',
    version: 1,
    holds: 'beside each list of tags: every manifest that no tag names, to be verified with them',
    writtenBy: 'snapshotTags',
  },
  'tag-changes': {
    path: '<job>/tag-changes-<name>.ndjson',
    form: 'lines',
    version: 1,
    holds:
      'tags that changed while the copy ran (`since-backup`), though pushes were refused (`proved`, `going-back`), or that the new storage does not serve as before (`lost`)',
    writtenBy: 'compareTags',
  },
  canaries: {
    path: '<job>/canaries.json',
    form: 'record',
    version: 1,
    holds: 'the images of our own by which storages are known; makes their push once-only',
    writtenBy: 'plantCanaries',
  },
  'canary-mark': {
    path: 'marks/<job>.json',
    form: 'record',
    version: 1,
    holds:
      'which storage holds these images of our own with other bytes than their digest names; removed when it does no more. The next run on the registry puts right what it finds here',
    writtenBy: 'writeCanaries',
  },
  'pull-outages': {
    path: '<job>/pull-outages.json',
    form: 'record',
    version: 1,
    holds: 'when an image could not be pulled during the window, asked every second',
    writtenBy: 'watchPulls',
  },
  'image-parts': {
    path: '<job>/image-parts-<name>.ndjson',
    form: 'lines',
    version: 1,
    holds: 'the manifests of a list of tags with the blobs that they name, so that none is read twice',
    writtenBy: 'checkClosure',
  },
  closure: {
    path: '<job>/closure-<name>.ndjson',
    form: 'lines',
    version: 1,
    holds:
      'blobs of images that a storage does not have: `source` before the plan, `destination` before the point of no return',
    writtenBy: 'checkClosure',
  },
  'accepted-damage': {
    path: '<job>/damage-pass-<pass>.ndjson',
    form: 'lines',
    version: 1,
    holds: 'the damaged objects of a pass, which people are asked to accept',
    writtenBy: 'listDamage',
  },
  superseded: {
    path: '<job>/superseded.ndjson',
    form: 'lines',
    version: 1,
    holds:
      'what a storage that the registry used before holds otherwise than the source: `removed` or `replaced` by a move back, with the time at which it was written',
    writtenBy: 'lookAtDestination',
  },
  collection: {
    path: '<job>/collection.json',
    form: 'record',
    version: 1,
    holds:
      'when garbage is collected by itself and what else writes by a schedule, as it was. The first save wins: a retry never saves an empty setting',
    writtenBy: 'pauseCollection',
  },
  'collection-resumed': {
    path: '<job>/collection-resumed.json',
    form: 'record',
    version: 1,
    holds: 'that it is on again; without it the next run says what this one has left off',
    writtenBy: 'resumeCollection',
  },
  backup: {
    path: '<job>/backup-<name>.json',
    form: 'record',
    version: 2,
    holds:
      'where the metadata backup `before` or `final`, or that of a `set`, lies, and its digests in clear and as it is stored; makes it once-only',
    writtenBy: 'backUpMetadata',
  },
  settings: {
    path: '<job>/settings.json',
    form: 'record',
    version: 1,
    holds:
      'what the registry said of its ports, proxies, syslog and certificate before the first replica was taken down; no secret',
    writtenBy: 'takeDownReplica',
  },
  'pass-list': {
    path: '<job>/pass-<pass>/list.json',
    form: 'record',
    version: 1,
    holds: 'how much a pass has to do; written when all its work lists are, and makes the planning once-only',
    writtenBy: 'planPass',
  },
  work: {
    path: '<job>/pass-<pass>/work-<shard>.ndjson',
    form: 'lines',
    version: 1,
    holds: 'a work list: at most 500 objects or about 1 GiB to copy or remove',
    writtenBy: 'planPass',
  },
  result: {
    path: '<job>/pass-<pass>/result-<shard>.ndjson',
    form: 'lines',
    version: 1,
    holds: 'what became of the objects of a work list so far; replaced as a whole after each batch',
    writtenBy: 'copyShard',
  },
  'last-write': {
    path: '<job>/wrote-<lane>.json',
    form: 'record',
    version: 1,
    holds:
      'until when work lists of the job wrote to the destination, side by side in 16 lanes; tells what a terminated run wrote from what came later',
    writtenBy: 'copyShard',
  },
  damage: {
    path: '<job>/damage.ndjson',
    form: 'lines',
    version: 1,
    holds: 'what was found damaged at the source, one finding a line',
    writtenBy: 'findDamage',
  },
  verification: {
    path: '<job>/verification-<name>.ndjson',
    form: 'lines',
    version: 1,
    holds:
      'problems of a verification, one a line: `baseline` before the move, `window` inside the window, `rest` after it',
    writtenBy: 'verifyImages',
  },
  garbage: {
    path: '<job>/garbage-<name>.ndjson',
    form: 'lines',
    version: 1,
    holds:
      'every blob, and whether an image needs it: the others a collection would remove; `asked` is what people agree to, `now` how it is when pushes have stopped',
    writtenBy: 'previewCollection',
  },
  'registry-task': {
    path: '<job>/registry-task-<action>.json',
    form: 'record',
    version: 1,
    holds: 'which task of the registry is ours',
    writtenBy: 'collectGarbage',
  },
  refused: {
    path: '<job>/refused-<batch>.ndjson',
    form: 'lines',
    version: 1,
    holds:
      'decisions that were refused, beyond the 50 that the report lists: at most 250 in a file and 10 000 in all, texts cut at 200 characters',
    writtenBy: 'writeRefusals',
  },
  report: {
    path: '<job>/<file>',
    form: 'text',
    version: 1,
    holds: 'the report: `report.html`, `report.md`, `report.json`, `proof.json`',
    writtenBy: 'writeReport',
  },
  'set-problems': {
    path: '<job>/set-problems-<name>.ndjson',
    form: 'lines',
    version: 1,
    holds:
      'what is wrong with a backup set, one problem a line: `set` of its files and images, `content` of objects that were read',
    writtenBy: 'checkSet, rehashContent',
  },
  'copy-state': {
    path: '<job>/state.json',
    form: 'record',
    version: 1,
    holds: 'at which pass a copy without a registry is',
    writtenBy: 'transship storage copy',
  },
  claim: {
    path: 'claims/<destination>/<turn>.json',
    form: 'record',
    version: 1,
    holds:
      'who may write to a destination, from which source, since when and until when; the last turn counts. It is made only where there is none, so that of two who come at once one has it',
    writtenBy: 'claimDestination, planPass, releaseDestination',
  },
} as const satisfies Record<string, Row>;

/** The folders that `<job>` stands for. */
export const JOB_FOLDERS = {
  migration: {
    path: 'jobs/<workflow>/<run>',
    holds: 'one run of a migration, a backup or a verification',
  },
  copy: { path: 'copies/<source>/<destination>', holds: '`transship storage copy` between two storages' },
  check: { path: 'checks/<storage>', holds: '`transship storage check` of a storage' },
} as const satisfies Record<string, { path: string; holds: string }>;

export type Kind = keyof typeof JOURNAL;
type KindOf<Form extends Row['form']> = {
  [K in Kind]: (typeof JOURNAL)[K]['form'] extends Form ? K : never;
}[Kind];

/** A file and the kind of what it holds. Its key may come from a workflow, where it has been since it was written. */
export type JournalFile<K extends Kind = Kind> = { kind: K; key: string };
export type RecordFile = JournalFile<KindOf<'record'>>;
export type LinesFile = JournalFile<KindOf<'lines'>>;
export type TextFile = JournalFile<KindOf<'text'>>;

type NamesIn<Path extends string> = Path extends `${string}<${infer Name}>${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;
type Names<Path extends string> = Record<NamesIn<Path>, string | number>;

export const fileOf = <K extends Kind>(
  kind: K,
  names: Names<(typeof JOURNAL)[K]['path']>,
): JournalFile<K> => ({
  kind,
  key: filled(JOURNAL[kind].path, names),
});

export const jobFolder = <F extends keyof typeof JOB_FOLDERS>(
  folder: F,
  names: Names<(typeof JOB_FOLDERS)[F]['path']>,
): string => filled(JOB_FOLDERS[folder].path, names);

/** So many digits, so that a listing has them in their order. */
const DIGITS: Record<string, number> = { shard: 5, turn: 5, batch: 2, lane: 2 };

const filled = (path: string, names: Record<string, string | number>): string =>
  path.replace(/<([a-z]+)>/g, (_, name: string) => String(names[name]).padStart(DIGITS[name] ?? 0, '0'));

/** What the keys of all shards of a pass begin with. */
export const shardsPrefix = (kind: 'work' | 'result', pass: { job: string; pass: number }): string =>
  fileOf(kind, { ...pass, shard: 0 }).key.replace(/\d+\.ndjson$/, '');

/** The list of the manifests without a tag that was made with this list of tags. */
export const untaggedBeside = (tags: string): JournalFile<'untagged'> => ({
  kind: 'untagged',
  key: tags.replace(/tags-([^/]+)$/, 'untagged-$1'),
});

/** What the keys of the marks of all jobs in a folder begin with. */
export const marksPrefix = (folder: string): string =>
  fileOf('canary-mark', { job: folder }).key.replace(/\.json$/, '');

/** What the keys of all turns of a destination begin with. */
export const claimsPrefix = (destination: string): string =>
  fileOf('claim', { destination, turn: 0 }).key.replace(/\d+\.json$/, '');
