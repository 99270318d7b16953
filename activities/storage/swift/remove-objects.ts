// Removes objects and the segments that they are made of: manifests first, so that no object ever lacks a segment, and
// never a segment that another object uses.

import { TransshipError } from '../../../domain/transship-error.ts';
import { forEachBounded } from '../../concurrency/for-each-bounded.ts';
import type { Container } from './container.ts';
import { mapOrdered } from '../../concurrency/ordered-pool.ts';
import { type Described, describeObject, type Segment, segmentsOf } from './large-objects.ts';
import { listObjects } from './list-objects.ts';
import { encodePath, isOwnPath, type Names } from './names.ts';

const IN_FLIGHT = 16;

/** `names` of the same container, whose large objects may share segments with those that go. */
export async function removeObjects(
  container: Container,
  names: Names,
  objects: string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const segments: OldSegments[] = [];
  const there: Place[] = [];
  const described = mapOrdered(objects, IN_FLIGHT, async (object) => {
    const found = await describeObject(container, object, { signal });
    if (found !== undefined) there.push({ container: container.name, name: object });
    return await segmentsOfOld(container, names, object, found, signal);
  });
  for await (const old of described) if (old !== undefined) segments.push(old);
  await deleteAll(container, there, signal);
  await removeOldSegments(container, names, segments, signal);
}

/** Segments of an object that is going to be removed or replaced. */
export type OldSegments = { object: string; segments: Segment[]; isOwn: boolean };

/** To be called while the object is there, whose manifest tells its segments. */
export async function segmentsOfOld(
  container: Container,
  names: Names,
  object: string,
  described: Described | undefined,
  signal: AbortSignal | undefined,
): Promise<OldSegments | undefined> {
  const manifest = described?.manifest;
  if (manifest === undefined) return undefined;
  return {
    object,
    segments: await segmentsOf(container, object, manifest, signal),
    isOwn:
      manifest.kind === 'dlo' &&
      manifest.container === container.name &&
      isOwnPath(names, object, manifest.path),
  };
}

/** To be called when the object is made of these no more. */
export async function removeOldSegments(
  container: Container,
  names: Names,
  old: OldSegments[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const own = old.filter(({ isOwn }) => isOwn).flatMap(({ segments }) => segments);
  // The path of others tells nothing: only the manifests of all other large objects say whether they use it too.
  const others = old.filter(({ isOwn }) => !isOwn).flatMap(({ segments }) => segments);
  const unused = others.length === 0 ? [] : await withoutUsed(container, names, others, signal);
  await deleteAll(container, [...own, ...unused], signal);
}

async function withoutUsed(
  container: Container,
  names: Names,
  segments: Segment[],
  signal: AbortSignal | undefined,
): Promise<Segment[]> {
  let unused = segments;
  for await (const { name, manifest } of listObjects(container, { prefix: names.files, signal })) {
    if (manifest?.kind === 'dlo') {
      const { container: place, path } = manifest;
      unused = unused.filter((one) => one.container !== place || !one.name.startsWith(path));
    } else if (manifest?.kind === 'slo') {
      const used = await segmentsOf(container, name, manifest, signal);
      const keys = new Set(used.map((one) => `${one.container}/${one.name}`));
      unused = unused.filter((one) => !keys.has(`${one.container}/${one.name}`));
    }
    if (unused.length === 0) break;
  }
  return unused;
}

type Place = { container: string; name: string };

/** Of objects that were there a moment ago. */
async function deleteAll(
  container: Container,
  places: Place[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const { maxDeletes } = container.capabilities;
  if (maxDeletes === 0 || places.length === 1) return await deleteEach(container, places, signal);
  for (let start = 0; start < places.length; start += maxDeletes) {
    const some = places.slice(start, start + maxDeletes);
    const deleted = await bulkDelete(container, some, signal);
    // Fewer were removed by somebody else meanwhile, or the request did not arrive as it was sent.
    if (deleted !== some.length) await deleteEach(container, some, signal);
  }
}

async function deleteEach(
  container: Container,
  places: Place[],
  signal: AbortSignal | undefined,
): Promise<void> {
  await forEachBounded(places, IN_FLIGHT, async (place) => {
    await container.client.head({
      method: 'DELETE',
      container: place.container,
      object: place.name,
      signal,
      action: `remove ${place.name}`,
      accept: [404],
    });
  });
}

type BulkAnswer = { 'Number Deleted'?: number; Errors?: [string, string][] };

/** How many were removed. */
async function bulkDelete(
  container: Container,
  places: Place[],
  signal: AbortSignal | undefined,
): Promise<number> {
  const answer = await container.client.json<BulkAnswer>({
    method: 'POST',
    query: { 'bulk-delete': '' },
    headers: { 'content-type': 'text/plain', accept: 'application/json' },
    body: Buffer.from(
      places.map(({ container: place, name }) => `/${encodePath(`${place}/${name}`)}\n`).join(''),
    ),
    signal,
    action: 'remove',
  });
  // The status of the answer itself is 200 whatever happened.
  const { Errors: errors = [], 'Number Deleted': deleted = 0 } = answer;
  const [failed] = errors;
  if (failed === undefined || !/^40[13]/.test(failed[1])) return deleted;
  throw new TransshipError(
    'AccessDenied',
    `${container.describe}: ${errors.length} objects were not removed, the first is ${failed[0]}: ${failed[1]}`,
    { action: 'remove', code: failed[1] },
  );
}
