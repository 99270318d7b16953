// What the images of a list of tags, and those that no tag names, are made of: every manifest, and the blobs that it names.
// Read from the registry once; manifests never change, so what an earlier list knows is not read again.

import type { Closure, JobFolder } from '../../../contracts/registry-activities.ts';
import { imageClosure } from '../../../domain/registries/image-closure.ts';
import type { Storage } from '../../storage/storage.ts';
import { forEachBounded } from '../../concurrency/for-each-bounded.ts';
import { fileOf, untaggedBeside } from '../../journal/keys.ts';
import { readLines, writeLines } from '../../journal/lines.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { ImageRow } from '../tags.ts';
import { countHeld, type Part, type Parts } from './count-held.ts';
import { MAX_INDEX_DEPTH } from './image-checker.ts';
import { matchesDigest, parseJson } from './manifest-digest.ts';
import { retryRead, UNREADABLE } from './retry-read.ts';

/** Their requests share the connection pool, which is what bounds the load on the registry. */
const MANIFESTS_AT_ONCE = 24;

type PartsRow = { manifest: string; parts: Parts };

/** A blob that an image needs, and one image that needs it. */
export type NeededBlob = Part & Pick<ImageRow, 'repository' | 'tag'>;

export type ImageParts = {
  /** By digest, each once. */
  blobs: Map<string, NeededBlob>;
  manifests: number;
  unread: number;
  /** Manifests that could not be read, and could in the earlier list. */
  unreadable: NeededBlob[];
  held: Closure['held'];
  /** Key of the list in the journal. */
  key: string;
};

export async function listImageParts(
  registry: ControlPlane,
  journal: Storage,
  {
    job,
    name,
    snapshot,
    earlier,
  }: { job: JobFolder; name: string; snapshot: string; earlier: Pick<Closure, 'parts'> | null },
): Promise<ImageParts> {
  const read = new Map<string, Parts>();
  if (earlier !== null)
    for await (const { manifest, parts } of readLines<PartsRow>(journal, {
      kind: 'image-parts',
      key: earlier.parts,
    }))
      read.set(manifest, parts);

  const blobs = new Map<string, NeededBlob>();
  const begun = new Set<string>();
  const used = new Map<string, Parts>();
  const unreadable: NeededBlob[] = [];
  const add = async (row: ImageRow, digest: string, depth: number): Promise<void> => {
    if (begun.has(digest)) return;
    begun.add(digest);
    const known = read.get(digest);
    const parts =
      typeof known === 'object' && known !== null ? known : await readParts(registry, row.repository, digest);
    used.set(digest, parts);
    if (parts === 'unreadable' && known !== 'unreadable') unreadable.push({ ...row, digest, size: null });
    if (parts === null || parts === 'unreadable') return;
    registry.meter.moved({ manifests: used.size });
    for (const blob of parts.blobs)
      if (!blobs.has(blob.digest))
        blobs.set(blob.digest, { ...blob, repository: row.repository, tag: row.tag });
    if (depth < MAX_INDEX_DEPTH) for (const child of parts.manifests) await add(row, child, depth + 1);
  };
  for (const list of [{ kind: 'tags', key: snapshot } as const, untaggedBeside(snapshot)])
    await forEachBounded(
      readLines<ImageRow>(journal, list),
      MANIFESTS_AT_ONCE,
      async (row) => await add(row, row.digest, 1),
    );

  const file = fileOf('image-parts', { job, name });
  await writeLines(journal, file, rowsOf(used));
  const unread = [...used.values()].filter((parts) => parts === null || parts === 'unreadable').length;
  const held = await countHeld(journal, snapshot, used);
  return { blobs, manifests: used.size, unread, unreadable, held, key: file.key };
}

async function* rowsOf(used: Map<string, Parts>): AsyncGenerator<PartsRow> {
  for (const [manifest, parts] of used) yield { manifest, parts };
}

async function readParts(registry: ControlPlane, repository: string, digest: string): Promise<Parts> {
  const manifest = await retryRead(
    registry,
    async () => await registry.images.getManifest(repository, digest),
  );
  if (manifest === undefined || manifest === UNREADABLE || !matchesDigest(manifest.bytes, digest))
    return 'unreadable';
  const closure = imageClosure(parseJson(manifest.bytes));
  if (closure.kind === 'unsupported') return null;
  const own = closure.blobs.filter(({ foreign }) => !foreign);
  return {
    blobs: own.map(({ digest: blob, size }) => ({ digest: blob, size })),
    manifests: closure.kind === 'index' ? closure.manifests.map((child) => child.digest) : [],
  };
}
