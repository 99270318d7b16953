// What a key of a registry's storage says about the object's content (dtr-msr.md §5.4): the registry writes some
// objects once under a name that holds their digest, and others again and again under the same name.

import { parseRegistryKey } from './registry-key.ts';

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
  const parsed = parseRegistryKey(key);
  switch (parsed.kind) {
    case 'blob':
      return { sha256: parsed.digest };
    case 'layer-link':
    case 'revision-link':
    case 'tag-history':
      return { content: `sha256:${parsed.digest}` };
    default:
      return undefined;
  }
}

/**
 * DTR since 2.6 writes a blob under a generated id: its content never changes, but the key does not tell it. Two of
 * these of equal size are the same once the bytes have been compared, or copied with proof.
 */
export const isWrittenOnce = (key: string): boolean => parseRegistryKey(key).kind === 'named-blob';

/** Unfinished uploads are of no use elsewhere, and our own probes are none of the registry's. */
export const isCopied = (key: string): boolean =>
  !key.startsWith(PROBE_FOLDER) && parseRegistryKey(key).kind !== 'upload';
