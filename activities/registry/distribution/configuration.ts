// The configuration of a Distribution as text: what it says of the storage, and that text with other settings. Everything that
// is not changed stays as it was written, with its comments. Nothing that is thrown quotes the text: it holds secrets.

import { isDeepStrictEqual } from 'node:util';
import {
  type Document,
  isMap,
  isScalar,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import type { RegistryState } from '../../../contracts/registry-activities.ts';
import { DEFAULT_ROOT } from '../../../domain/registries/distribution/place.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { COMMON_KEYS, describeStorage, type Section } from '../describe-storage.ts';

/** Of keys that were not there before, so that they go again. */
const OURS = ' added by Transship';
const READ_ONLY = ['maintenance', 'readonly', 'enabled'];
/** Another name of the same driver. */
const S3_ALIAS = 's3aws';

/** Values as the registry takes them. */
const AS_READ = { schema: 'core' } as const;
/** Every value is its text: a number of many digits, or with zeros before it, would be printed as another one. */
const AS_WRITTEN = { schema: 'failsafe', resolveKnownTags: false } as const;
const NO_MAPPING = 'its section "storage" is no mapping';
const NO_ANCHOR = 'it refers to an anchor (*…) that it does not have';
/** What Go's yaml takes for true as well, which is of YAML 1.1. */
const TRUE_WORDS = /^(y|yes|on)$/i;

type Described = Omit<RegistryState['storage'], 'volume'>;

/** `RegistryRefused` unless it is a configuration with exactly one driver. */
export function storageIn(text: string): Described {
  const { driver, fields } = describeStorage(sectionOf(text));
  if (driver === 'filesystem') return { driver, fields: { rootdirectory: DEFAULT_ROOT, ...fields } };
  return { driver: driver === S3_ALIAS ? 's3' : driver, fields };
}

export const isReadOnly = (text: string): boolean => isTrue(valueAt(sectionOf(text), READ_ONLY));

export const allowsDeletion = (text: string): boolean =>
  isTrue(valueAt(sectionOf(text), ['delete', 'enabled']));

/** Where it remembers which blobs there are, beside the storage; undefined: nowhere, or in its own memory. */
export function sharedCacheIn(text: string): string | undefined {
  const cache = sectionOf(text)['cache'] as Section | null | undefined;
  const kind = cache?.['blobdescriptor'] ?? cache?.['layerinfo'];
  return typeof kind === 'string' && kind !== 'inmemory' ? kind : undefined;
}

/** Names of the fields that its driver has. */
export function fieldsIn(text: string): string[] {
  const section = sectionOf(text);
  return Object.keys(section[describeStorage(section).driver] ?? {});
}

export function withReadOnly(text: string, on: boolean): string {
  if (isReadOnly(text) === on) return text;
  return edited(text, (document, storage) => {
    if (on) setMarked(document, storage, READ_ONLY, true);
    else if (!removeMarked(storage, READ_ONLY)) storage.setIn(READ_ONLY, nodeOf(document, false));
  });
}

/** The driver's settings, such as `{ s3: { bucket, … } }`, in the place of those that are there. */
export function withDriver(text: string, driver: Section): string {
  const [key, settings] = Object.entries(driver)[0]!;
  return edited(text, (document, storage) => {
    replaceDriver(document, storage, document.createPair(key, nodeOf(document, settings)));
  });
}

/** The driver's settings of another text, as they were written there. */
export function withDriverOf(text: string, other: string): string {
  const from = storageOf(parse(other, AS_WRITTEN));
  return edited(text, (document, storage) => replaceDriver(document, storage, driverIn(from)));
}

/** `RegistryRefused` where anything beside the storage would not be what it was. */
function edited(text: string, edit: (document: Document, storage: YAMLMap<Scalar>) => void): string {
  const document = parse(text, AS_WRITTEN);
  edit(document, storageOf(document));
  const printed = print(document, text.includes('\r\n') ? '\r\n' : '\n');
  if (!isDeepStrictEqual(besideStorage(printed), besideStorage(text)))
    throw refused('what it says beside "storage" would not stay as it is');
  return printed;
}

function besideStorage(text: string): [string, unknown][] {
  const all = valueOf(parse(text, AS_WRITTEN)) as Section;
  return Object.entries(all).filter(([key]) => key !== 'storage');
}

function replaceDriver(document: Document, storage: YAMLMap<Scalar>, pair: Pair<Scalar>): void {
  const old = driverIn(storage);
  const anchors = new Set<string>();
  visit(old.value as Node | null, {
    Value: (_key, { anchor }) => void (anchor !== undefined && anchors.add(anchor)),
  });
  visit(document, {
    Alias(_key, { source }) {
      if (anchors.has(source)) throw refused('an anchor of its driver is used elsewhere; write it out there');
    },
  });
  storage.items.splice(storage.items.indexOf(old), 1, pair);
}

/** Quoted where it is text, so that digits or `on` stay text. */
function nodeOf(document: Document, value: unknown): Node {
  const node = document.createNode(value) as Node;
  visit(node, {
    Scalar(key, scalar) {
      if (key === 'key') return;
      if (typeof scalar.value === 'string') scalar.type = Scalar.QUOTE_DOUBLE;
      else scalar.value = String(scalar.value);
    },
  });
  return node;
}

function driverIn(storage: YAMLMap<Scalar>): Pair<Scalar> {
  const drivers = storage.items.filter(({ key }) => !COMMON_KEYS.includes(String(key)));
  if (drivers.length !== 1) throw refused(`its section "storage" names ${drivers.length} drivers`);
  return drivers[0]!;
}

function setMarked(document: Document, storage: YAMLMap<Scalar>, path: string[], value: unknown): void {
  let map = storage as YAMLMap;
  for (const [depth, name] of path.entries()) {
    const isLast = depth === path.length - 1;
    const found = map.items.find(({ key }) => String(key) === name);
    if (found !== undefined && (isLast || isMap(found.value))) {
      if (isLast) found.value = nodeOf(document, value);
      else map = found.value as YAMLMap;
      continue;
    }
    // What holds nothing is no map yet.
    if (found !== undefined) map.items.splice(map.items.indexOf(found), 1);
    const key = document.createNode(name) as Scalar;
    key.commentBefore = OURS;
    const child = nodeOf(document, isLast ? value : {});
    const pair = document.createPair(key, child);
    map.items.push(pair);
    if (isMap(child)) {
      child.flow = false;
      map = child;
    }
  }
}

/** False where none of the keys on the way was ours. */
function removeMarked(storage: YAMLMap, path: string[]): boolean {
  let map: unknown = storage;
  for (const name of path) {
    if (!isMap(map)) return false;
    const found = map.items.find(({ key }) => String(key) === name);
    if (found === undefined) return false;
    if (isScalar(found.key) && found.key.commentBefore?.includes(OURS.trim()) === true) {
      map.items.splice(map.items.indexOf(found), 1);
      return true;
    }
    map = found.value;
  }
  return false;
}

function sectionOf(text: string): Section {
  const section = (valueOf(parse(text, AS_READ)) as Section)['storage'];
  if (typeof section === 'string') return { [section]: null };
  if (typeof section !== 'object' || section === null || Array.isArray(section)) throw refused(NO_MAPPING);
  return section as Section;
}

/** To be changed: with nothing in it that is written elsewhere. */
function storageOf(document: Document): YAMLMap<Scalar> {
  const storage = document.get('storage');
  if (!isMap(storage)) throw refused(NO_MAPPING);
  visit(storage, {
    Alias() {
      throw refused('its section "storage" refers to anchors (*…); write out what they stand for');
    },
  });
  return storage as YAMLMap<Scalar>;
}

function valueAt(section: Section, path: string[]): unknown {
  let value: unknown = section;
  for (const name of path)
    value = typeof value === 'object' && value !== null ? (value as Section)[name] : undefined;
  return value;
}

const isTrue = (value: unknown): boolean =>
  value === true || (typeof value === 'string' && TRUE_WORDS.test(value));

function parse(text: string, how: typeof AS_READ | typeof AS_WRITTEN): Document {
  const document = parseDocument(text, { prettyErrors: false, ...how });
  const [error] = document.errors;
  if (error !== undefined) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    throw refused(`it is no YAML (${error.code} in line ${line})`);
  }
  if (!isMap(document.contents) || !document.has('storage')) throw refused('it has no section "storage"');
  return document;
}

function valueOf(document: Document): unknown {
  try {
    return document.toJS();
  } catch {
    throw refused(NO_ANCHOR);
  }
}

function print(document: Document, lineEnd: string): string {
  try {
    return document.toString({ lineWidth: 0 }).replaceAll('\n', lineEnd);
  } catch {
    throw refused(NO_ANCHOR);
  }
}

const refused = (problem: string): TransshipError =>
  new TransshipError('RegistryRefused', `The configuration cannot be changed: ${problem}.`);
