// Damage that only Swift storages have: layers of no bytes, large objects whose segments are gone, and segments that
// several objects use (design §4, dtr-msr.md §5). Found by the listings, one HEAD for each object that these show
// without bytes, and the manifests of static large objects; no object is read.

import { createHash } from 'node:crypto';
import type { DamageFinding } from '../../../contracts/storage-activities.ts';
import { fixedContent } from '../../../domain/storage/content-address.ts';
import { type Container, listEntries } from './container.ts';
import { describeObject, type Manifest, segmentsOf } from './large-objects.ts';
import { listObjects } from './list-objects.ts';
import type { Names } from './names.ts';

const SHA256_OF_NOTHING = createHash('sha256').digest('hex');
const SEGMENT_NUMBER = /\/(\d{16})$/;
/** Of a path, so that a million of them fit into memory. */
const HASH_BYTES = 12;

/** The segments below one path: how many, the highest number, and their bytes. */
type Below = { count: number; last: number; bytes: number };

export async function* findSwiftDamage(
  container: Container,
  names: Names,
  { signal, moved }: { signal?: AbortSignal | undefined; moved?: (() => void) | undefined },
): AsyncGenerator<DamageFinding> {
  const below = await countSegments(container, names, { signal, moved });
  /** The object that was first seen to use a path (dynamic) or a segment (static). */
  const users = new Map<string, string>();

  for await (const { name, size, manifest } of listObjects(container, { prefix: names.files, signal })) {
    moved?.();
    const key = name.slice(names.files.length);
    if (manifest === undefined) {
      const fixed = fixedContent(key);
      if (size === 0 && fixed !== undefined && 'sha256' in fixed && fixed.sha256 !== SHA256_OF_NOTHING) {
        yield { kind: 'zero-byte-blob', key, detail: `has no bytes and no segments` };
      }
      continue;
    }
    const detail =
      manifest.kind === 'dlo'
        ? await missingOfDynamic(container, { manifest, size, below, signal })
        : await missingOfStatic(container, name, signal);
    if (detail !== undefined) yield { kind: 'missing-segments', key, detail };

    const first = await claim(container, name, manifest, users, signal);
    if (first !== undefined && first.object !== name) {
      const other = first.object.slice(names.files.length);
      yield { kind: 'shared-segments', key, detail: `uses ${first.what}, which ${other} uses too` };
    }
  }
}

async function countSegments(
  container: Container,
  names: Names,
  { signal, moved }: { signal: AbortSignal | undefined; moved: (() => void) | undefined },
): Promise<Map<string, Below>> {
  const found = new Map<string, Below>();
  for await (const { name, bytes } of listEntries(container, { prefix: names.segments, signal })) {
    moved?.();
    const number = SEGMENT_NUMBER.exec(name)?.[1];
    if (number === undefined) continue;
    const path = hashOf(name.slice(0, -number.length - 1));
    const known = found.get(path) ?? { count: 0, last: 0, bytes: 0 };
    found.set(path, {
      count: known.count + 1,
      last: Number(number),
      bytes: known.bytes + bytes,
    });
  }
  return found;
}

async function missingOfDynamic(
  container: Container,
  object: {
    manifest: Extract<Manifest, { kind: 'dlo' }>;
    size: number;
    below: Map<string, Below>;
    signal: AbortSignal | undefined;
  },
): Promise<string | undefined> {
  const { manifest, size, signal } = object;
  const place = `${manifest.container}/${manifest.path}`;
  const counted = manifest.container === container.name ? object.below.get(hashOf(manifest.path)) : undefined;
  if (counted === undefined) {
    // Elsewhere than the registry's driver puts them, and under names that nobody knows.
    const segments = await segmentsOf(container, '', manifest, signal);
    return segments.length === 0 ? `has no segment below ${place}` : undefined;
  }
  // The driver numbers from 1 without gaps; its Writer may begin with an object that became segment 0.
  if (counted.last > counted.count) {
    return `has ${counted.count} segments below ${place}, whose numbers go to ${counted.last}`;
  }
  return counted.bytes === size
    ? undefined
    : `has ${size} bytes, and the segments below ${place} have ${counted.bytes}`;
}

async function missingOfStatic(
  container: Container,
  object: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const problems: string[] = [];
  for (const segment of await segmentsOf(container, object, { kind: 'slo' }, signal)) {
    const place = `${segment.container}/${segment.name}`;
    const found = await describeObject({ ...container, name: segment.container }, segment.name, { signal });
    if (found === undefined) problems.push(`${place} is gone`);
    else if (found.md5 !== undefined && found.md5 !== segment.md5) problems.push(`${place} has other bytes`);
  }
  const [first] = problems;
  return first === undefined ? undefined : `lacks ${problems.length} segments, the first: ${first}`;
}

/** The first user of any of the object's segments; the object itself if it is the first. */
async function claim(
  container: Container,
  object: string,
  manifest: Manifest,
  users: Map<string, string>,
  signal: AbortSignal | undefined,
): Promise<{ object: string; what: string } | undefined> {
  const used =
    manifest.kind === 'dlo'
      ? [`${manifest.container}/${manifest.path}`]
      : (await segmentsOf(container, object, manifest, signal)).map((one) => `${one.container}/${one.name}`);
  let other: { object: string; what: string } | undefined;
  for (const what of used) {
    const known = users.get(hashOf(what));
    if (known === undefined) users.set(hashOf(what), object);
    else if (known !== object) other ??= { object: known, what };
  }
  return other;
}

const hashOf = (text: string): string =>
  createHash('sha256').update(text).digest().toString('latin1', 0, HASH_BYTES);
