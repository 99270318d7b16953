// Every tag of a registry as a list in the journal, and what differs between two such lists. The lists are in byte
// order of `repository:tag`, so that comparing them is one ordered merge of any length. Beside it lies the list of the
// manifests that no tag names: people pull them by digest, and images refer to them (signatures, attestations).

import type { JobFolder, TagComparison, TagSnapshot } from '../../contracts/registry-activities.ts';
import type { Storage } from '../storage/storage.ts';
import { PLANTED_TAG_PREFIX } from '../../domain/registries/canary.ts';
import { CANARY_TAG_PREFIX } from './images/canary-image.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { fileOf, type LinesFile, untaggedBeside } from '../journal/keys.ts';
import { readLines, writeLines } from '../journal/lines.ts';
import type { ControlPlane } from './control-plane.ts';
import { mapOrdered } from '../concurrency/ordered-pool.ts';

const REPOSITORIES_AT_ONCE = 8;
/** Shown where a tag would stand. */
export const UNTAGGED = '(untagged)';
const NOT_FOUND = 404;

export type TagRow = { repository: string; tag: string; digest: string };
/** `tag` is null of a manifest that no tag names. */
export type ImageRow = Omit<TagRow, 'tag'> & { tag: string | null };
export type TagChange = { repository: string; tag: string; before: string | null; after: string | null };

export async function snapshotTags(
  registry: ControlPlane,
  journal: Storage,
  { job, name }: { job: JobFolder; name: string },
): Promise<TagSnapshot> {
  const file = fileOf('tags', { job, name });
  const repositories = await listRepositories(registry);
  let tags = 0;
  let untagged = 0;
  const write = async <Row>(
    to: LinesFile,
    list: (repository: string) => Promise<Row[]>,
    count: (rows: number) => void,
  ): Promise<void> => {
    const rows = async function* (): AsyncGenerator<Row> {
      for await (const ofRepository of mapOrdered(repositories, REPOSITORIES_AT_ONCE, list)) {
        count(ofRepository.length);
        registry.meter.moved({ tags, untagged });
        yield* ofRepository;
      }
    };
    await writeLines(journal, to, rows());
  };
  const tagged = new Map<string, Set<string>>();
  const list = async (repository: string): Promise<TagRow[]> => {
    const rows = await listTags(registry, repository);
    tagged.set(repository, new Set(rows.map(({ digest }) => digest)));
    return rows;
  };
  await write(file, list, (rows) => (tags += rows));
  const listOthers = async (repository: string): Promise<ImageRow[]> =>
    await listUntagged(registry, repository, tagged.get(repository)!);
  await write(untaggedBeside(file.key), listOthers, (rows) => (untagged += rows));
  return { repositories: repositories.length, tags, key: file.key };
}

export async function compareTags(
  journal: Storage,
  { job, before, after, name }: { job: JobFolder; before: string; after: string; name: string },
): Promise<TagComparison> {
  const file = fileOf('tag-changes', { job, name });
  const rows = (key: string) => readLines<TagRow>(journal, { kind: 'tags', key });
  const counts = { unchanged: 0, added: 0, changed: 0, removed: 0, untagged: 0 };
  const changes = async function* (): AsyncGenerator<TagChange> {
    const pairs = mergeTags(rows(before), rows(after));
    for await (const change of pairs) {
      if (change.before === change.after) counts.unchanged += 1;
      else {
        if (change.before === null) counts.added += 1;
        else if (change.after === null) counts.removed += 1;
        else counts.changed += 1;
        yield change;
      }
    }
  };
  const all = async function* (): AsyncGenerator<TagChange> {
    yield* changes();
    for await (const { repository, digest } of untaggedMissingIn(journal, before, after)) {
      counts.removed += 1;
      yield { repository, tag: UNTAGGED, before: digest, after: null };
    }
    for await (const { repository, digest } of untaggedMissingIn(journal, after, before)) {
      counts.untagged += 1;
      yield { repository, tag: UNTAGGED, before: null, after: digest };
    }
  };
  await writeLines(journal, file, all());
  return { ...counts, key: file.key };
}

/** Manifests that no tag names in one list, and that the other has neither with a tag nor without one. */
async function* untaggedMissingIn(journal: Storage, one: string, other: string): AsyncGenerator<ImageRow> {
  const idOf = ({ repository, digest }: ImageRow): string => `${repository}@${digest}`;
  const missing = new Map<string, ImageRow>();
  for await (const row of readLines<ImageRow>(journal, untaggedBeside(one))) missing.set(idOf(row), row);
  if (missing.size === 0) return;
  for (const file of [{ kind: 'tags', key: other } as const, untaggedBeside(other)])
    for await (const row of readLines<ImageRow>(journal, file)) missing.delete(idOf(row));
  yield* missing.values();
}

/** Both lists side by side: every tag once, with its digest before and after. */
export async function* mergeTags(
  before: AsyncIterable<TagRow>,
  after: AsyncIterable<TagRow>,
): AsyncGenerator<TagChange> {
  const left = before[Symbol.asyncIterator]();
  const right = after[Symbol.asyncIterator]();
  let a = await left.next();
  let b = await right.next();
  while (!a.done || !b.done) {
    const order = a.done ? 1 : b.done ? -1 : compareBytes(nameOf(a.value), nameOf(b.value));
    const { repository, tag } = (order <= 0 ? a.value : b.value) as TagRow;
    yield {
      repository,
      tag,
      before: order <= 0 ? (a.value as TagRow).digest : null,
      after: order >= 0 ? (b.value as TagRow).digest : null,
    };
    if (order <= 0) a = await left.next();
    if (order >= 0) b = await right.next();
  }
}

/** In the order of the list: a colon ends the name, so that `a/b` comes after `a/b-c`. */
async function listRepositories(registry: ControlPlane): Promise<string[]> {
  const names = new Set<string>();
  for await (const repository of registry.repositories()) names.add(repository);
  return [...names].sort((a, b) => compareBytes(`${a}:`, `${b}:`));
}

/** Each tag once, with its later digest. Tags of our own pushes are left out. */
async function listTags(registry: ControlPlane, repository: string): Promise<TagRow[]> {
  const digests = await tagsNow(registry, repository);
  return [...digests]
    .filter(([tag]) => repository !== registry.canaryRepository || !isOurs(tag))
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([tag, digest]) => ({ repository, tag, digest }));
}

/** Our own pushes leave some behind in the canary repository: they are nobody's images. */
async function listUntagged(
  registry: ControlPlane,
  repository: string,
  tagged: Set<string>,
): Promise<ImageRow[]> {
  if (repository === registry.canaryRepository) return [];
  return [...(await manifestsNow(registry, repository))]
    .filter((digest) => !tagged.has(digest))
    .sort()
    .map((digest) => ({ repository, tag: null, digest }));
}

/** Nothing of a repository that was deleted meanwhile. */
export async function tagsNow(registry: ControlPlane, repository: string): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  await unlessGone(async () => {
    for await (const { tag, digest } of registry.tags(repository)) digests.set(tag, digest);
  });
  return digests;
}

/** Those of our own pushes that begin with one of these. */
export async function removeOwnTags(registry: ControlPlane, ...prefixes: string[]): Promise<void> {
  const repository = registry.canaryRepository;
  for (const tag of (await tagsNow(registry, repository)).keys())
    if (prefixes.some((prefix) => tag.startsWith(prefix))) await registry.removeTag(repository, tag);
}

export async function manifestsNow(registry: ControlPlane, repository: string): Promise<Set<string>> {
  const digests = new Set<string>();
  await unlessGone(async () => {
    for await (const digest of registry.manifests(repository)) digests.add(digest);
  });
  return digests;
}

async function unlessGone(list: () => Promise<void>): Promise<void> {
  try {
    await list();
  } catch (error) {
    if (!(error instanceof TransshipError) || error.details['status'] !== NOT_FOUND) throw error;
  }
}

const isOurs = (tag: string): boolean =>
  tag.startsWith(CANARY_TAG_PREFIX) || tag.startsWith(PLANTED_TAG_PREFIX);

const nameOf = ({ repository, tag }: TagRow): string => `${repository}:${tag}`;

/** Repositories and tags are ASCII, where the order of UTF-16 units is the order of bytes. */
export const compareBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
