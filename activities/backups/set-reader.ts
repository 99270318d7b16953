// Reads sets. Nothing of one is believed: the manifest by its signature alone, and every other file by the digest that the
// manifest names. A folder without a manifest is no set.

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { SetFileName, SetManifest } from '../../contracts/backup.ts';
import {
  manifestKey,
  type SetImage,
  type SetObject,
  SETS_FOLDER,
  setFileKey,
  setOfManifest,
  type SetTag,
} from '../../domain/backup/set.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { splitLines } from '../storage/bytes/split-lines.ts';
import { ObjectNotFoundError } from '../storage/errors.ts';
import type { SetRepository } from './open-sets.ts';
import { readManifest } from './manifest.ts';

export type SetName = { registry: string; id: string };

export type OpenSet = SetName & { manifest: SetManifest };

/** A manifest of ours is a few KiB. */
const MAX_MANIFEST_BYTES = 4 * 1024 ** 2;

const digest = z.string().regex(/^[a-z0-9]+:[0-9a-f]{32,128}$/);
const key = z.string().min(1);
const size = z.int().min(0);
const name = { repository: z.string(), tag: z.string() };
const objects: z.ZodType<SetObject> = z.union([
  z.object({ key, size, sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  z.object({ key, text: z.string() }),
  z.object({ key, size, damaged: z.string() }),
]);
const LINES = {
  'tags.ndjson': z.union([
    z.object({ ...name, digest }),
    z.object({ ...name, before: digest.nullable(), after: digest.nullable() }),
  ]) satisfies z.ZodType<SetTag>,
  'images.ndjson': z.object({
    manifest: digest,
    blobs: z.array(digest),
    manifests: z.array(digest),
    lost: z.array(digest).exactOptional(),
    unread: z.literal(true).exactOptional(),
  }) satisfies z.ZodType<SetImage>,
  'tree.ndjson': objects,
  'blobs.ndjson': objects,
};
type Lines = {
  'tags.ndjson': SetTag;
  'images.ndjson': SetImage;
  'tree.ndjson': SetObject;
  'blobs.ndjson': SetObject;
};

export const setInvalid = (where: string, problems: readonly string[]): TransshipError =>
  new TransshipError('SetInvalid', problems.map((problem) => `${where} ${problem}`).join('; '), {
    problems: problems.slice(0, 10),
  });

/** What is wrong with the manifest, each as what follows its name; or the set. */
export async function lookAtManifest(
  repository: SetRepository,
  { registry, id }: SetName,
  meter: Meter,
): Promise<{ set: OpenSet; problems: [] } | { set?: undefined; problems: string[] }> {
  const file = manifestKey(registry, id);
  const there = await repository.storage.stat(file, meter);
  if (there === undefined)
    return { problems: ['is missing: whoever made the set was interrupted, and without it there is no set'] };
  if (there.size > MAX_MANIFEST_BYTES)
    return { problems: [`has ${there.size} bytes, which no manifest of ours has`] };
  const written = await text(await repository.storage.read(file, meter));
  const expected = { repository: repository.id, registry, id };
  const { manifest, problems } = readManifest(written, repository.signing, expected);
  return manifest === undefined ? { problems } : { set: { registry, id, manifest }, problems: [] };
}

/** In the order of registries and time. What they hold is not looked at. `registry` undefined: of all. */
export async function* listSets(
  repository: SetRepository,
  registry: string | undefined,
  meter: Meter,
): AsyncGenerator<SetName> {
  const prefix = registry === undefined ? SETS_FOLDER : `${SETS_FOLDER}${registry}/`;
  for await (const object of repository.storage.list({ prefix, signal: meter.signal })) {
    meter.moved();
    const set = setOfManifest(object.key);
    if (set !== undefined) yield set;
  }
}

/** undefined: the registry has no set there. */
export async function newestSet(
  repository: SetRepository,
  registry: string,
  meter: Meter,
): Promise<SetName | undefined> {
  let newest: SetName | undefined;
  for await (const set of listSets(repository, registry, meter)) newest = set;
  return newest;
}

/** The bytes of a file of the set, which fail at their end unless they are those that the manifest names. */
export async function* readSetFile(
  { storage }: Pick<SetRepository, 'storage'>,
  { registry, id, manifest }: OpenSet,
  file: SetFileName,
  meter: Meter,
): AsyncGenerator<Buffer> {
  const where = setFileKey(registry, id, file);
  const named = manifest.files[file];
  const hash = createHash('sha256');
  let bytes = 0;
  let body: Readable;
  try {
    body = await storage.read(where, meter);
  } catch (error) {
    if (error instanceof ObjectNotFoundError) throw setInvalid(where, ['is missing']);
    throw error;
  }
  for await (const chunk of body) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    meter.moved();
    yield chunk as Buffer;
  }
  if (bytes !== named.bytes)
    throw setInvalid(where, [`has ${bytes} bytes, and its manifest names ${named.bytes}`]);
  if (hash.digest('hex') !== named.sha256)
    throw setInvalid(where, ['has other bytes than its manifest names']);
}

/** The lines of a list of the set. A flaw may show only after the last one. */
export async function* readSetLines<Name extends keyof Lines>(
  repository: Pick<SetRepository, 'storage'>,
  set: OpenSet,
  file: Name,
  meter: Meter,
): AsyncGenerator<Lines[Name]> {
  const where = setFileKey(set.registry, set.id, file);
  const fail = (problem: string): Error => setInvalid(where, [problem]);
  let line = 0;
  for await (const bytes of splitLines(readSetFile(repository, set, file, meter), fail)) {
    line += 1;
    yield parsed(LINES[file] as z.ZodType<Lines[Name]>, bytes, (problem) => fail(`line ${line} ${problem}`));
  }
}

function parsed<T>(shape: z.ZodType<T>, line: Buffer, fail: (problem: string) => Error): T {
  let value: unknown;
  try {
    value = JSON.parse(line.toString());
  } catch {
    throw fail('is no JSON');
  }
  const found = shape.safeParse(value);
  if (!found.success) throw fail('is none of this list');
  return found.data;
}
