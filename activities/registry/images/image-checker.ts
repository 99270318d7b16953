// Is everything that an image needs served by the registry? Manifests are fetched and hashed; of blobs the first byte is asked
// for, because a HEAD may be answered from a cache or a database that knows nothing of the storage. The right to a blob is
// a repository's, so each repository is asked for each of its blobs, once however many of its images share it, and by HEAD
// where another one has given its first byte. A part that is missing or different is a problem with a name, never an error:
// the caller wants all of them.

import { imageClosure, type BlobReference } from '../../../domain/registries/image-closure.ts';
import type { ControlPlane } from '../control-plane.ts';
import { matchesDigest, parseJson } from './manifest-digest.ts';
import { retryRead, UNREADABLE } from './retry-read.ts';

/** Indexes may hold indexes; deeper than this nobody nests them. */
export const MAX_INDEX_DEPTH = 4;

/** What is wrong with a part of an image; `digest` is the part's. */
export type Finding = { problem: string; digest: string };

export type CheckedImage = {
  findings: Finding[];
  /** Unique blobs that are to be pulled, foreign ones left out. */
  blobs: BlobReference[];
  manifests: string[];
  /** Manifests of a format that is not understood: nothing was asked for but themselves. */
  unverified: string[];
  bytes: number;
};

/** null: it is served, of a size that nobody says; undefined: the repository has no such blob. */
type Size = number | null | undefined | typeof UNREADABLE;
type Repository = {
  name: string;
  manifests: Map<string, Promise<CheckedImage>>;
  blobs: Map<string, Promise<Size>>;
};

export class ImageChecker {
  readonly #registry: ControlPlane;
  /** The one that is checked now: images come ordered by repository. */
  #current = empty('');
  /** Blobs whose first byte was read. */
  readonly #read = new Set<string>();
  /** `repository@digest` of what indexes name: no tag does, and it was checked with its index. */
  readonly #children = new Set<string>();

  constructor(registry: ControlPlane) {
    this.#registry = registry;
  }

  async check({ repository, digest }: { repository: string; digest: string }): Promise<CheckedImage> {
    if (repository !== this.#current.name) this.#current = empty(repository);
    return await this.#checkManifest(this.#current, digest, 1);
  }

  /** Asks for all of it anew, whatever was asked for before. */
  async checkAnew({ repository, digest }: { repository: string; digest: string }): Promise<CheckedImage> {
    return await this.#checkManifest(empty(repository), digest, 1);
  }

  hasCheckedAsChild({ repository, digest }: { repository: string; digest: string }): boolean {
    return this.#children.has(`${repository}@${digest}`);
  }

  #checkManifest(repository: Repository, digest: string, depth: number): Promise<CheckedImage> {
    let checked = repository.manifests.get(digest);
    if (checked === undefined) {
      checked = this.#readManifest(repository, digest, depth);
      repository.manifests.set(digest, checked);
    }
    return checked;
  }

  async #readManifest(repository: Repository, digest: string, depth: number): Promise<CheckedImage> {
    const only = (...findings: Finding[]): CheckedImage => ({
      findings,
      blobs: [],
      manifests: [digest],
      unverified: [],
      bytes: 0,
    });
    const manifest = await retryRead(this.#registry, async () => {
      return await this.#registry.images.getManifest(repository.name, digest);
    });
    if (manifest === undefined) return only({ problem: 'manifest-missing', digest });
    if (manifest === UNREADABLE) return only({ problem: 'manifest-unreadable', digest });
    if (!matchesDigest(manifest.bytes, digest)) return only({ problem: 'manifest-differs', digest });
    const closure = imageClosure(parseJson(manifest.bytes));
    if (closure.kind === 'unsupported' || (closure.kind === 'index' && depth >= MAX_INDEX_DEPTH))
      return { ...only(), unverified: [digest] };
    const own = await this.#checkBlobs(repository, digest, closure.blobs);
    if (closure.kind === 'image') return own;
    const children = await Promise.all(
      closure.manifests.map(async (child) => {
        this.#children.add(`${repository.name}@${child.digest}`);
        return await this.#checkManifest(repository, child.digest, depth + 1);
      }),
    );
    const all = [own, ...children];
    const blobs = uniqueBlobs(all.flatMap((part) => part.blobs));
    return {
      findings: all.flatMap((part) => part.findings),
      blobs,
      manifests: all.flatMap((part) => part.manifests),
      unverified: all.flatMap((part) => part.unverified),
      bytes: sum(blobs),
    };
  }

  async #checkBlobs(repository: Repository, manifest: string, all: BlobReference[]): Promise<CheckedImage> {
    const wanted = uniqueBlobs(all.filter(({ foreign }) => !foreign));
    const sizes = await Promise.all(wanted.map(async ({ digest }) => await this.#sizeOf(repository, digest)));
    const findings = wanted.flatMap((blob, at) => findingOf(blob, sizes[at]));
    const blobs = wanted.map((blob, at) => ({ ...blob, size: blob.size ?? numberOf(sizes[at]) }));
    return { findings, blobs, manifests: [manifest], unverified: [], bytes: sum(blobs) };
  }

  async #askSize(repository: string, digest: string): Promise<number | null | undefined> {
    const { images } = this.#registry;
    if (this.#read.has(digest)) return await images.headBlob(repository, digest);
    const size = await images.blobSize(repository, digest);
    if (size !== undefined) this.#read.add(digest);
    return size;
  }

  #sizeOf(repository: Repository, digest: string): Promise<Size> {
    let size = repository.blobs.get(digest);
    if (size === undefined) {
      size = retryRead(this.#registry, async () => await this.#askSize(repository.name, digest));
      repository.blobs.set(digest, size);
    }
    return size;
  }
}

const empty = (name: string): Repository => ({ name, manifests: new Map(), blobs: new Map() });

function findingOf({ digest, size }: BlobReference, actual: Size): Finding[] {
  if (actual === undefined) return [{ problem: 'blob-missing', digest }];
  if (actual === UNREADABLE) return [{ problem: 'blob-unreadable', digest }];
  if (size === null || actual === null || actual === size) return [];
  return [{ problem: `blob-differs: ${actual} bytes instead of ${size}`, digest }];
}

const numberOf = (size: Size): number | null => (typeof size === 'number' ? size : null);

const uniqueBlobs = (blobs: BlobReference[]): BlobReference[] => [
  ...new Map(blobs.map((blob) => [blob.digest, blob])).values(),
];

const sum = (blobs: BlobReference[]): number => blobs.reduce((total, { size }) => total + (size ?? 0), 0);
