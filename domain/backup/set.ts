// How a backup set is laid out in its repository, format 1 (docs/reference/backup-sets.md). This is the only place that spells
// its keys. A folder without a manifest is what a killed run has left, and never a set.

import type { SetFileName } from '../../contracts/backup.ts';

/** Counted up when an older reader would misread what is written. */
export const SET_FORMAT = 'transship/set@1';

/** Bytes of blobs, shared by all sets of the repository, under their SHA-256. */
export const CONTENT_FOLDER = 'content/sha256/';
export const SETS_FOLDER = 'sets/';
/** What was verified when, by whoever verified it last: of no set, and nothing is lost with it. */
export const VERIFIED_CONTENT = 'verified/content.json';

export const SET_FILES: readonly SetFileName[] = [
  'metadata.tar.gpg',
  'tags.ndjson',
  'images.ndjson',
  'tree.ndjson',
  'blobs.ndjson',
];
const MANIFEST = 'manifest.json';

/** A line of tree.ndjson and blobs.ndjson: where the bytes of a key are, in the order of the keys' bytes. */
export type SetObject =
  /** In the content. */
  | { key: string; size: number; sha256: string }
  /** Here: a link of a few bytes. Not of a blob. */
  | { key: string; text: string }
  /** Nowhere: the registry's storage does not have what its key names. */
  | { key: string; size: number; damaged: string };

/** A line of tags.ndjson, in the order of `repository:tag`. */
export type SetTag =
  | { repository: string; tag: string; digest: string }
  /** It was touched while the metadata were taken: they have one of the two. null: no such tag. */
  | { repository: string; tag: string; before: string | null; after: string | null };

/** A line of images.ndjson: a manifest, and what it needs. */
export type SetImage = {
  manifest: string;
  blobs: string[];
  manifests: string[];
  /** Of `blobs`: the registry did not have them either. */
  lost?: string[];
  /** It could not be read or understood. */
  unread?: true;
};

/** A file for each object of the content that was found damaged and has not been written again. */
export const DAMAGED_FOLDER = 'verified/damaged/';

const HEX = /^[0-9a-f]{64}$/;
const ID = /^\d{8}T\d{6}Z-[0-9a-f]{8}$/;

export const isSetId = (text: string): boolean => ID.test(text);

/** Sorts by time. `runId`: of the workflow, whose first digits are its time again. */
export const setIdOf = (startedAt: string, runId: string): string =>
  `${startedAt.slice(0, 19).replaceAll(/[-:]/g, '')}Z-${runId.replaceAll('-', '').slice(-8)}`;

/** When its making began, ISO 8601. */
export const timeOfSet = (id: string): string =>
  id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*$/, '$1-$2-$3T$4:$5:$6Z');

export const contentKey = (sha256: string): string => `${CONTENT_FOLDER}${sha256.slice(0, 2)}/${sha256}`;

/** undefined: it is no key of content. */
export function digestOfContent(key: string): string | undefined {
  const hex = key.slice(key.lastIndexOf('/') + 1);
  return HEX.test(hex) && key === contentKey(hex) ? hex : undefined;
}

const folderOf = (registry: string, id: string): string => `${SETS_FOLDER}${registry}/${id}/`;

export const setFileKey = (registry: string, id: string, name: SetFileName): string =>
  `${folderOf(registry, id)}${name}`;

export const manifestKey = (registry: string, id: string): string => `${folderOf(registry, id)}${MANIFEST}`;

/** When the set was verified last. */
export const verifiedKey = (registry: string, id: string): string => `verified/sets/${registry}/${id}.json`;

/** Of the key of a manifest; undefined: it is none. */
export function setOfManifest(key: string): { registry: string; id: string } | undefined {
  const [, registry, id] = /^sets\/([^/]+)\/([^/]+)\/manifest\.json$/.exec(key) ?? [];
  return registry !== undefined && id !== undefined && isSetId(id) ? { registry, id } : undefined;
}
