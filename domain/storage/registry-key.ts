// What a key of a registry's storage is there for (dtr-msr.md §5.4). No part of a repository's name begins with `_`, but
// a tag may, so the first `_layers`, `_manifests` or `_uploads` is the one that counts.

export type RegistryKey =
  /** A blob whose key names its digest; lower-case hex. */
  | { kind: 'blob'; digest: string }
  /** A blob under an id of DTR's own. `folder` is that of its first two characters. */
  | { kind: 'named-blob'; folder: string }
  /** A repository may serve this blob. */
  | { kind: 'layer-link'; repository: string; digest: string }
  /** A repository has this manifest. */
  | { kind: 'revision-link'; repository: string; digest: string }
  /** What a tag means now; the object's content says it. */
  | { kind: 'tag'; repository: string; tag: string }
  /** What a tag means or once meant. */
  | { kind: 'tag-history'; repository: string; tag: string; digest: string }
  /** Part of an unfinished upload. `folder` ends with `/`. */
  | { kind: 'upload'; repository: string; folder: string }
  | { kind: 'other' };

/** All blobs lie below it, by their digest or by an id. */
export const BLOBS_FOLDER = 'docker/registry/v2/blobs/';

const HEX = '([0-9a-f]{64})';
const BLOB = new RegExp(`^docker/registry/v2/blobs/sha256/([0-9a-f]{2})/${HEX}/data$`);
const NAMED_BLOB = /^(docker\/registry\/v2\/blobs\/id\/[^/]+\/)[^/]+\/data$/;
const REPOSITORY =
  /^docker\/registry\/v2\/repositories\/([^_/][^/]*(?:\/[^_/][^/]*)*)\/(_layers|_manifests|_uploads)\/(.*)$/;
const LAYER = new RegExp(`^sha256/${HEX}/link$`);
const REVISION = new RegExp(`^revisions/sha256/${HEX}/link$`);
const TAG = /^tags\/([^/]+)\/current\/link$/;
const TAG_HISTORY = new RegExp(`^tags/([^/]+)/index/sha256/${HEX}/link$`);

export function parseRegistryKey(key: string): RegistryKey {
  const blob = BLOB.exec(key);
  // The folder is made of the first two digits; elsewhere the registry would not look for the blob.
  if (blob?.[2]?.startsWith(blob[1] as string)) return { kind: 'blob', digest: blob[2] };
  const named = NAMED_BLOB.exec(key)?.[1];
  if (named !== undefined) return { kind: 'named-blob', folder: named };
  const [, repository, part, rest] = REPOSITORY.exec(key) ?? [];
  if (repository === undefined || rest === undefined) return { kind: 'other' };
  if (part === '_layers') return link('layer-link', repository, LAYER.exec(rest));
  if (part === '_uploads') {
    const folder = key.slice(0, key.length - rest.length) + rest.slice(0, rest.indexOf('/') + 1);
    return { kind: 'upload', repository, folder };
  }
  const tag = TAG.exec(rest)?.[1];
  if (tag !== undefined) return { kind: 'tag', repository, tag };
  const [, oldTag, digest] = TAG_HISTORY.exec(rest) ?? [];
  if (oldTag !== undefined && digest !== undefined)
    return { kind: 'tag-history', repository, tag: oldTag, digest };
  return link('revision-link', repository, REVISION.exec(rest));
}

const link = (
  kind: 'layer-link' | 'revision-link',
  repository: string,
  found: RegExpExecArray | null,
): RegistryKey => (found?.[1] === undefined ? { kind: 'other' } : { kind, repository, digest: found[1] });
