// The configuration of a Distribution as text: what it says of the storage, and that text with other settings. Everything that
// is not changed stays as it was written, with its comments. Nothing that is thrown quotes the text: it holds secrets.

import { type Document, isMap, isScalar, type Pair, parseDocument, type Scalar, type YAMLMap } from 'yaml';
import type { RegistryState } from '../../../contracts/registry-activities.ts';
import { DEFAULT_ROOT } from '../../../domain/registries/distribution/place.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { COMMON_KEYS, describeStorage, type Section } from '../describe-storage.ts';

/** Of keys that were not there before, so that they go again. */
const OURS = ' added by Transship';
const READ_ONLY = ['maintenance', 'readonly', 'enabled'];
/** Another name of the same driver. */
const S3_ALIAS = 's3aws';

type Described = Omit<RegistryState['storage'], 'volume'>;

/** `RegistryRefused` unless it is a configuration with exactly one driver. */
export function storageIn(text: string): Described {
  const { driver, fields } = describeStorage(sectionOf(text));
  if (driver === 'filesystem') return { driver, fields: { rootdirectory: DEFAULT_ROOT, ...fields } };
  return { driver: driver === S3_ALIAS ? 's3' : driver, fields };
}

export const isReadOnly = (text: string): boolean => valueAt(sectionOf(text), READ_ONLY) === true;

export const allowsDeletion = (text: string): boolean =>
  valueAt(sectionOf(text), ['delete', 'enabled']) === true;

/** Where it remembers which blobs there are, beside the storage; undefined: nowhere, or in its own memory. */
export function sharedCacheIn(text: string): string | undefined {
  const cache = sectionOf(text)['cache'] as Section | null | undefined;
  const kind = cache?.['blobdescriptor'] ?? cache?.['layerinfo'];
  return typeof kind === 'string' && kind !== 'inmemory' ? kind : undefined;
}

/** Names of the fields that its driver has. */
export const fieldsIn = (text: string): string[] => Object.keys(sectionOf(text)[driverKeyIn(text)] ?? {});

export function withReadOnly(text: string, on: boolean): string {
  if (isReadOnly(text) === on) return text;
  const document = parse(text);
  const storage = storageOf(document);
  if (on) setMarked(document, storage, READ_ONLY, true);
  else if (!removeMarked(storage, READ_ONLY)) storage.setIn(READ_ONLY, false);
  return print(document);
}

/** The driver's settings, such as `{ s3: { bucket, … } }`, in the place of those that are there. */
export function withDriver(text: string, driver: Section): string {
  const document = parse(text);
  const [key, settings] = Object.entries(driver)[0]!;
  return replaceDriver(document, document.createPair(key, settings));
}

/** The driver's settings of another text, as they were written there. */
export function withDriverOf(text: string, other: string): string {
  const from = parse(other);
  const pair = driverIn(storageOf(from));
  // An alias would lead nowhere in another document.
  const isWhole = !other.includes('*');
  const document = parse(text);
  return replaceDriver(
    document,
    isWhole ? pair : document.createPair(driverKeyIn(other), sectionOf(other)[driverKeyIn(other)]),
  );
}

function replaceDriver(document: Document, pair: Pair): string {
  const storage = storageOf(document);
  const old = driverIn(storage);
  storage.items.splice(storage.items.indexOf(old), 1, pair as Pair<Scalar>);
  return print(document);
}

const driverKeyIn = (text: string): string => String(driverIn(storageOf(parse(text))).key);

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
      if (isLast) found.value = document.createNode(value);
      else map = found.value as YAMLMap;
      continue;
    }
    // What holds nothing is no map yet.
    if (found !== undefined) map.items.splice(map.items.indexOf(found), 1);
    const key = document.createNode(name) as Scalar;
    key.commentBefore = OURS;
    const child = isLast ? document.createNode(value) : document.createNode({});
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
  const section = (parse(text).toJS() as Section)['storage'];
  if (typeof section === 'string') return { [section]: null };
  return section as Section;
}

function storageOf(document: Document): YAMLMap<Scalar> {
  const storage = document.get('storage');
  if (!isMap(storage)) throw refused('its section "storage" is no mapping');
  return storage as YAMLMap<Scalar>;
}

function valueAt(section: Section, path: string[]): unknown {
  let value: unknown = section;
  for (const name of path)
    value = typeof value === 'object' && value !== null ? (value as Section)[name] : undefined;
  return value;
}

function parse(text: string): Document {
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    throw refused(`it is no YAML (${error.code} in line ${line})`);
  }
  if (!isMap(document.contents) || !document.has('storage')) throw refused('it has no section "storage"');
  return document;
}

const print = (document: Document): string => document.toString({ lineWidth: 0 });

const refused = (problem: string): TransshipError =>
  new TransshipError('RegistryRefused', `The configuration cannot be changed: ${problem}.`);
