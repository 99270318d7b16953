// A storage of the inventory from the storage section of a registry's own configuration: what S1 lets administrators upload
// under System > Storage, and what Distribution is started with. Either all that is needed is there, or the mistakes
// are listed together. No value of a secret is in what is to be shown.

import { isStorageKind, kindOf } from '../../../domain/storage/storage-kinds.ts';
import { isMask } from '../../../domain/text/mask.ts';
import { storageRemarks } from '../cross-checks.ts';
import { locate } from '../locate.ts';
import { type LocatedMistake, type Mistake, mistakesOfIssues, type Path } from '../mistake.ts';
import { storage as storageSchema } from '../storage-schema.ts';
import { byPlace, parseText } from '../yaml-file.ts';
import { COMMON, type Driver, DRIVERS, type Entry, type Reading } from './drivers.ts';

export type ImportedSecret = {
  field: string;
  /** Where it stands in the file, for people. */
  at: LocatedMistake;
  /** Goes nowhere but into a file that somebody has asked for. */
  value: string;
};

export type ImportedStorage = {
  /** As it goes into the inventory, with references in the place of secrets. */
  entry: Entry;
  secrets: ImportedSecret[];
  ignored: LocatedMistake[];
  remarks: LocatedMistake[];
};

/** `refer` makes the reference for a secret of a field. */
export function importStorage(
  text: string,
  refer: (field: string) => Record<string, string>,
): ImportedStorage | { mistakes: LocatedMistake[] } {
  // All values as they are written: a bucket called 0123 is no number, and who is to be a number is asked below.
  const read = parseText(text, { schema: 'failsafe' });
  if ('mistakes' in read) return read;
  const { document, lines, content, twice } = read;
  const places = (found: Mistake[]): LocatedMistake[] =>
    found.map((mistake) => locate(document, lines, mistake)).sort(byPlace);

  const found = findDriver(content);
  if ('problem' in found) return { mistakes: [...twice, ...places([found.problem])].sort(byPlace) };
  const { driver, path } = found;
  const mistakes: Mistake[] = [];
  const ignored = found.ignored;
  const secrets: { field: string; path: Path; value: string }[] = [];
  const pathOf = new Map<string, Path>();
  const entry: Entry = {};
  for (const [name, value] of Object.entries(found.fields)) {
    const at = [...path, name];
    const reading = driver.taken[name];
    if (reading === undefined) {
      const why = driver.ignored[name] ?? 'no field of this driver that is known here';
      ignored.push({ path: at, problem: `ignored: ${why}`, atKey: true });
      continue;
    }
    if (isNothing(value)) continue;
    const field = driver.renamed?.[name] ?? name;
    if (pathOf.has(field)) mistakes.push({ path: at, problem: 'the same stands here in two ways' });
    pathOf.set(field, at);
    if (reading === 'secret') {
      entry[field] = refer(field);
      secrets.push({ field, path: at, value: typeof value === 'string' ? value : JSON.stringify(value) });
    } else {
      const [taken, problem] = READINGS[reading](value);
      if (problem === undefined) entry[field] = taken;
      else mistakes.push({ path: at, problem });
    }
  }
  const finished = driver.finish?.(entry) ?? [];
  const toFile = ({ path: [field = '', ...rest], ...mistake }: Mistake): Mistake => ({
    ...mistake,
    path: [...(pathOf.get(String(field)) ?? [...path, ...(field === '' ? [] : [field])]), ...rest],
  });
  mistakes.push(
    ...judge({ kind: driver.kind, ...entry })
      .filter(isNew(mistakes, toFile))
      .map(toFile),
  );
  if (mistakes.length + twice.length > 0) return { mistakes: [...twice, ...places(mistakes)].sort(byPlace) };
  const remarks = [
    ...finished.map(({ field, remark }) => toFile({ path: [field], problem: remark })),
    ...secrets
      .filter(({ value }) => isMask(value))
      .map(({ path }) => ({ path, problem: 'is masked in this file: the value has to come from elsewhere' })),
    ...storageRemarks({ kind: driver.kind, ...entry }, []).map(toFile),
    ...Object.entries(driver.taken).flatMap(([name, reading]) =>
      reading === 'path' && !isNothing(found.fields[name])
        ? [
            {
              path: [...path, name],
              problem: 'a file of the machine of the registry: bring it to every worker',
            },
          ]
        : [],
    ),
  ];
  return {
    entry: { kind: driver.kind, ...entry },
    secrets: secrets.map(({ field, path: at, value }) => ({
      field,
      at: locate(document, lines, { path: at, problem: '' }),
      value,
    })),
    ignored: places(ignored),
    remarks: places(remarks),
  };
}

type Found = { driver: Driver; path: Path; fields: Entry; ignored: Mistake[] };

/** The section, wherever it stands: alone, under `storage`, or in a whole configuration. */
function findDriver(content: unknown): Found | { problem: Mistake } {
  const file = mapping(content);
  if (file === undefined) return { problem: { path: [], problem: 'must be a mapping' } };
  const isWhole = Object.hasOwn(file, 'storage');
  const path: Path = isWhole ? ['storage'] : [];
  const section = mapping(isWhole ? file['storage'] : file);
  if (section === undefined)
    return { problem: { path, problem: 'must be a mapping of a driver to its fields' } };
  const names = Object.keys(section).filter((key) => !Object.hasOwn(COMMON, key));
  const [name] = names;
  if (name === undefined) return { problem: { path, problem: 'names no driver' } };
  const known = names.filter((key) => Object.hasOwn(DRIVERS, key));
  const problem =
    names.length > 1
      ? `names ${names.length} drivers or unknown keys, and must name one driver`
      : known.length === 0
        ? `names a driver that is none of ${Object.keys(DRIVERS).join(', ')}`
        : undefined;
  if (problem !== undefined) return { problem: { path, problem } };
  const fields = mapping(section[name]);
  if (fields === undefined)
    return { problem: { path: [...path, name], problem: 'must be a mapping of fields' } };
  return {
    driver: DRIVERS[name] as Driver,
    path: [...path, name],
    fields,
    ignored: [
      ...Object.keys(isWhole ? file : {})
        .filter((key) => key !== 'storage')
        .map((key) => ({ path: [key], problem: 'ignored: not of the storage', atKey: true })),
      ...Object.keys(section)
        .filter((key) => key !== name)
        .map((key) => ({ path: [...path, key], problem: `ignored: ${COMMON[key]}`, atKey: true })),
    ],
  };
}

function judge(entry: Entry): Mistake[] {
  const parsed = storageSchema.safeParse(entry);
  const { kind } = entry;
  return [
    ...(parsed.success ? [] : mistakesOfIssues(parsed.error.issues)).map((mistake) =>
      // What the inventory says of a secret is no advice for who writes this file
      entry[String(mistake.path[0])] === undefined ? { ...mistake, problem: 'is missing' } : mistake,
    ),
    ...(isStorageKind(kind) ? kindOf({ kind }).mistakes(entry) : []).map((problem) => ({
      path: [],
      problem,
    })),
  ];
}

/** A field that could not be read is missing only for that. */
const isNew =
  (known: Mistake[], toFile: (mistake: Mistake) => Mistake) =>
  (mistake: Mistake): boolean =>
    !known.some(({ path }) => path.join('\n') === toFile(mistake).path.join('\n'));

const FLAGS: Record<string, boolean> = {
  ...{ true: true, yes: true, on: true, '1': true, t: true },
  ...{ false: false, no: false, off: false, '0': false, f: false },
};

type Read = [taken: unknown, problem?: string];

const READINGS: Record<Exclude<Reading, 'secret'>, (value: unknown) => Read> = {
  text: (value) => (typeof value === 'string' ? [value] : [null, 'must be a text']),
  path: (value) => (typeof value === 'string' ? [{ file: value }] : [null, 'must be a path']),
  flag: (value) => {
    const flag = typeof value === 'string' ? FLAGS[value.toLowerCase()] : undefined;
    return flag === undefined ? [null, 'must be true or false'] : [flag];
  },
  count: (value) =>
    typeof value === 'string' && /^\d{1,15}$/.test(value)
      ? [Number(value)]
      : [null, 'must be a whole number'],
};

/** Absent, in the words of YAML and of the registry's own page, which sends empty fields. */
const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && ['', '~', 'null'].includes(value));

const mapping = (value: unknown): Entry | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Entry) : undefined;
