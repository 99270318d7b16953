// What a set must hold: its tags, and what their images are made of. Where tags lie in the storage they are those of the set's
// own tree, whatever was pushed meanwhile. Elsewhere they are asked for after the metadata were taken, and those that were
// otherwise before are named: the metadata have the one or the other.

import type { BackupActivities, ListedImages } from '../../contracts/backup.ts';
import { productOf } from '../../domain/registries/products.ts';
import { parseRegistryKey } from '../../domain/storage/registry-key.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { fileOf, untaggedBeside } from '../journal/keys.ts';
import { readLines, writeLines } from '../journal/lines.ts';
import type { ControlPlane } from '../registry/control-plane.ts';
import { listImageParts } from '../registry/images/image-parts.ts';
import { compareBytes, type ImageRow, mergeTags, snapshotTags, type TagRow } from '../registry/tags.ts';
import type { Storage } from '../storage/storage.ts';
import type { SetObject } from '../../domain/backup/set.ts';

/** Of the lists in the journal. */
const NAME = 'set';
const LINK = /^sha256:[0-9a-f]{64}$/;

type Request = Pick<Parameters<BackupActivities['listSetImages']>[0], 'job' | 'tagsBefore' | 'rows'>;

export async function listSetImages(
  registry: ControlPlane,
  journal: Storage,
  tree: () => AsyncIterable<SetObject>,
  { job, tagsBefore, rows }: Request,
): Promise<ListedImages> {
  const of = { job, name: NAME };
  const listed = productOf(registry).keepsTagsInStorage
    ? await tagsOfTree(journal, tree(), of)
    : { ...(await snapshotTags(registry, journal, of)), unread: 0 };
  const { key: snapshot, repositories, tags } = listed;
  const parts = await listImageParts(registry, journal, { ...of, snapshot, earlier: null });
  if (!productOf(registry).keepsTagsInStorage) await requireRows(journal, { tagsBefore, snapshot, rows });
  const { manifests, unread, key: partsKey } = parts;
  return { repositories, tags, manifests, unread: unread + listed.unread, tagsKey: snapshot, partsKey };
}

/** Tags, and beside them the manifests without one, in the order of such lists. */
async function tagsOfTree(
  journal: Storage,
  tree: AsyncIterable<SetObject>,
  of: { job: string; name: string },
): Promise<{ key: string; repositories: number; tags: number; unread: number }> {
  const tags: TagRow[] = [];
  const manifests: ImageRow[] = [];
  let unread = 0;
  for await (const object of tree) {
    const parsed = parseRegistryKey(object.key);
    const digest = 'text' in object ? object.text : '';
    if (parsed.kind === 'tag' && LINK.test(digest))
      tags.push({ repository: parsed.repository, tag: parsed.tag, digest });
    else if (parsed.kind === 'tag') unread += 1;
    if (parsed.kind === 'revision-link') manifests.push({ repository: parsed.repository, tag: null, digest });
  }
  const tagged = new Set(tags.map(idOf));
  const file = fileOf('tags', of);
  await writeLines(journal, file, inOrder(tags));
  const untagged = manifests.filter((row) => !tagged.has(idOf(row)));
  await writeLines(journal, untaggedBeside(file.key), inOrder(untagged));
  const repositories = new Set([...tags, ...untagged].map(({ repository }) => repository));
  return { key: file.key, repositories: repositories.size, tags: tags.length, unread };
}

/** A tag that stayed the same while the metadata were taken is in them. */
async function requireRows(
  journal: Storage,
  { tagsBefore, snapshot, rows }: { tagsBefore: string; snapshot: string; rows: Record<string, number> },
): Promise<void> {
  let settled = 0;
  for await (const { before, after } of mergeTags(tagRows(journal, tagsBefore), tagRows(journal, snapshot)))
    if (before === after) settled += 1;
  const has = rows['tags'] ?? 0;
  if (has >= settled) return;
  throw new TransshipError(
    'BackupInvalid',
    `The metadata backup has ${has} tags, and the registry served ${settled} before and after it was made.`,
  );
}

export const tagRows = (journal: Storage, key: string): AsyncGenerator<TagRow> =>
  readLines<TagRow>(journal, { kind: 'tags', key });

const idOf = ({ repository, digest }: ImageRow): string => `${repository}@${digest}`;
const nameOf = ({ repository, tag, digest }: ImageRow): string => `${repository}:${tag ?? digest}`;
const inOrder = <Row extends ImageRow>(list: Row[]): Row[] =>
  list.sort((a, b) => compareBytes(nameOf(a), nameOf(b)));
