// Which keys may be acted on. Object storages take almost any text for a key; a directory, a URL and a server behind a
// proxy take some of them for another place, inside the storage or outside of it. No registry needs such a key, so none is
// ever read, written or removed, whatever kind of storage it lies in: one rule, asked wherever a key comes from outside.

import { PROBE_FOLDER } from './content-address.ts';

/** What we put beside objects begins so: what is being written, parts of uploads, marks. */
const OWN_NAMES = '.transship-';

/** Why no storage of ours acts on it, as what follows the key in a sentence; undefined: it is a key like any other. */
export function unsafeKey(key: string): string | undefined {
  if (key.includes('\0')) return 'has a NUL in its name';
  if (!key.isWellFormed()) return 'has a name that is no UTF-8';
  const parts = key.split('/');
  if (parts.includes('')) return 'has a name with an empty part';
  if (parts.includes('.') || parts.includes('..')) return 'has a name that leads to another place (. or ..)';
  if (key.startsWith(OWN_NAMES) && !key.startsWith(PROBE_FOLDER))
    return 'has a name that is kept for our own files';
  return undefined;
}

/** What XML cannot hold, and servers that list in it show as something else, or fail at. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const NOT_IN_XML = /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/;

/** For storages whose listings are XML. */
export const unlistedInXml = (key: string): string | undefined =>
  NOT_IN_XML.test(key)
    ? 'has a control character in its name, which listings of such a storage cannot show'
    : undefined;

/** `most`: bytes of the whole name that a service takes. */
export const tooLongName = (name: string, most: number): string | undefined =>
  Buffer.byteLength(name) > most ? `has a name of more than ${most} bytes` : undefined;

const MAX_FILE_NAME_BYTES = 255;

/** For storages in a directory. */
export const tooLongPart = (key: string): string | undefined =>
  key.split('/').some((part) => Buffer.byteLength(part) > MAX_FILE_NAME_BYTES)
    ? 'has a part that is longer than a file name may be'
    : undefined;
