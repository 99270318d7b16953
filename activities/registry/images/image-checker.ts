// Is everything that an image needs served by the registry? Manifests are fetched and hashed; blobs are asked for by
// HEAD, each digest once however many images share it. A part that is missing or different is a problem with a name,
// never an error: the caller wants all of them.

import { createHash } from 'node:crypto';
import { imageClosure, type BlobReference } from '../../../domain/registries/image-closure.ts';
import { retryRead, UNREADABLE } from './retry-read.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { TagRow } from '../tags.ts';

/** Indexes may hold indexes; deeper than this nobody nests them. */
export const MAX_INDEX_DEPTH = 4;

export type ImageProblem = { repository: string; tag: string; problem: string; digest: string };
type Finding = Omit<ImageProblem, 'repository' | 'tag'>;

export type CheckedImage = {
  findings: Finding[];
  /** Unique blobs that are to be pulled, foreign ones left out. */
  blobs: BlobReference[];
  manifests: string[];
  bytes: number;
};

export class ImageChecker {
  readonly #registry: ControlPlane;
  /** Of the repository that is checked now: tags come ordered by repository. */
  #manifests = new Map<string, Promise<CheckedImage>>();
  #repository = '';
  readonly #seenManifests = new Set<string>();
  readonly #blobs = new Map<string, Promise<number | undefined | typeof UNREADABLE>>();

  constructor(registry: ControlPlane) {
    this.#registry = registry;
  }

  get counts(): { manifests: number; blobs: number } {
    return { manifests: this.#seenManifests.size, blobs: this.#blobs.size };
  }

  async check({ repository, digest }: TagRow): Promise<CheckedImage> {
    if (repository !== this.#repository) {
      this.#repository = repository;
      this.#manifests = new Map();
    }
    return await this.#checkManifest(this.#manifests, repository, digest, 1);
  }

  #checkManifest(
    known: Map<string, Promise<CheckedImage>>,
    repository: string,
    digest: string,
    depth: number,
  ): Promise<CheckedImage> {
    let checked = known.get(digest);
    if (checked === undefined) {
      this.#seenManifests.add(digest);
      checked = this.#readManifest(known, repository, digest, depth);
      known.set(digest, checked);
    }
    return checked;
  }

  async #readManifest(
    known: Map<string, Promise<CheckedImage>>,
    repository: string,
    digest: string,
    depth: number,
  ): Promise<CheckedImage> {
    const broken = (problem: string): CheckedImage => ({
      findings: [{ problem, digest }],
      blobs: [],
      manifests: [digest],
      bytes: 0,
    });
    const manifest = await retryRead(this.#registry, async () => {
      return await this.#registry.images.getManifest(repository, digest);
    });
    if (manifest === undefined) return broken('manifest-missing');
    if (manifest === UNREADABLE) return broken('manifest-unreadable');
    if (!matchesDigest(manifest.bytes, digest)) return broken('manifest-differs');
    const closure = imageClosure(parseJson(manifest.bytes));
    if (closure.kind === 'unsupported') return broken(`manifest-unsupported: ${closure.reason}`);
    if (closure.kind === 'image') {
      const blobs = closure.blobs.filter(({ foreign }) => !foreign);
      return await this.#checkBlobs(repository, digest, blobs);
    }
    if (depth >= MAX_INDEX_DEPTH) return broken('manifest-unsupported: too deep an index');
    const children = await Promise.all(
      closure.manifests.map(async (child) => {
        return await this.#checkManifest(known, repository, child.digest, depth + 1);
      }),
    );
    const blobs = uniqueBlobs(children.flatMap((child) => child.blobs));
    return {
      findings: children.flatMap((child) => child.findings),
      blobs,
      manifests: [digest, ...children.flatMap((child) => child.manifests)],
      bytes: sum(blobs),
    };
  }

  async #checkBlobs(repository: string, manifest: string, all: BlobReference[]): Promise<CheckedImage> {
    const blobs = uniqueBlobs(all);
    const findings = await Promise.all(
      blobs.map(async ({ digest, size }): Promise<Finding[]> => {
        const actual = await this.#sizeOf(repository, digest);
        if (actual === undefined) return [{ problem: 'blob-missing', digest }];
        if (actual === UNREADABLE) return [{ problem: 'blob-unreadable', digest }];
        return actual === size
          ? []
          : [{ problem: `blob-differs: ${actual} bytes instead of ${size}`, digest }];
      }),
    );
    return { findings: findings.flat(), blobs, manifests: [manifest], bytes: sum(blobs) };
  }

  #sizeOf(repository: string, digest: string): Promise<number | undefined | typeof UNREADABLE> {
    let size = this.#blobs.get(digest);
    if (size === undefined) {
      size = retryRead(this.#registry, async () => {
        return await this.#registry.images.headBlob(repository, digest);
      });
      this.#blobs.set(digest, size);
    }
    return size;
  }
}

export const matchesDigest = (bytes: Buffer, digest: string): boolean => {
  const hash = hashFor(digest);
  return hash !== undefined && hash.update(bytes).digest('hex') === digest.split(':')[1];
};

/** undefined: an algorithm that no registry of these uses. */
export function hashFor(digest: string): ReturnType<typeof createHash> | undefined {
  const algorithm = digest.split(':')[0]!;
  return ['sha256', 'sha512'].includes(algorithm) ? createHash(algorithm) : undefined;
}

export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

const uniqueBlobs = (blobs: BlobReference[]): BlobReference[] => [
  ...new Map(blobs.map((blob) => [blob.digest, blob])).values(),
];

const sum = (blobs: BlobReference[]): number => blobs.reduce((total, { size }) => total + size, 0);
