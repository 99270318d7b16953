// What a key of a registry's storage says about the object's content (dtr-msr.md §5.4): the registry writes some
// objects once under a name that holds their digest, and others again and again under the same name.

const HEX = '[0-9a-f]{64}';
const BLOB = new RegExp(`^docker/registry/v2/blobs/sha256/([0-9a-f]{2})/(${HEX})/data$`);
const LINK = new RegExp(
  `^docker/registry/v2/repositories/.+/(?:_layers|_manifests/revisions|_manifests/tags/[^/]+/index)/sha256/(${HEX})/link$`,
);
const NAMED_BLOB = /^docker\/registry\/v2\/blobs\/id\/[^/]+\/[^/]+\/data$/;
/** No part of a repository's name begins with `_`; a tag may be called `_uploads`. */
const UPLOADS = /^docker\/registry\/v2\/repositories\/(?:[^_/][^/]*\/)+_uploads\//;

/** Of nothing. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
/** Folder of the objects with which a storage is tried out. */
export const PROBE_FOLDER = '.transship-probe/';

/**
 * `sha256`: the content has this digest, lower-case hex. `content`: the content is this text, in UTF-8.
 * undefined: the key does not tell, and the content may change under it.
 */
export type FixedContent = { sha256: string } | { content: string } | undefined;

export function fixedContent(key: string): FixedContent {
  const blob = BLOB.exec(key);
  // The folder is made of the first two digits; elsewhere the registry would not look for the blob.
  if (blob?.[2]?.startsWith(blob[1] as string)) return { sha256: blob[2] };
  const link = LINK.exec(key);
  if (link?.[1] !== undefined) return { content: `sha256:${link[1]}` };
  return undefined;
}

/**
 * DTR since 2.6 writes a blob under a generated id: its content never changes, but the key does not tell it. Two of
 * these of equal size are the same once the bytes have been compared, or copied with proof.
 */
export const isWrittenOnce = (key: string): boolean => NAMED_BLOB.test(key);

/** Unfinished uploads are of no use elsewhere, and our own probes are none of the registry's. */
export const isCopied = (key: string): boolean => !UPLOADS.test(key) && !key.startsWith(PROBE_FOLDER);
