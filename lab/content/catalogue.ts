// What the lab's registry holds in each size of content: repositories that share base layers, tags that share images,
// every fourth repository with manifest lists and every fourth with OCI indexes, empty layers, and some large layers.

import { type Image, makeImage, makeIndex } from './images.ts';
import { emptyLayer, type Layer, randomLayer, textLayer } from './layers.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

export type ContentSize = 'none' | 'small' | 'medium' | 'large';

/** `tags` for each repository; `largeLayers` in MiB, one repository after the other gets one. */
const SIZES: Record<ContentSize, { repositories: number; tags: number; largeLayers: number[] }> = {
  none: { repositories: 0, tags: 0, largeLayers: [] },
  small: { repositories: 4, tags: 5, largeLayers: [1] },
  medium: { repositories: 20, tags: 15, largeLayers: [8, 16, 24, 32] },
  large: { repositories: 25, tags: 20, largeLayers: [64, 64, 96, 96, 128, 128] },
};

const NAMES = [
  'web api worker auth billing search mail gateway catalogue cart orders stock shipping invoices reports',
  'metrics proxy cache builder docs portal mobile batch audit archive',
]
  .join(' ')
  .split(' ');
const BASES = 4;
const BASE_LAYER_BYTES = 1536 * KIB;
const LIBRARY_LAYER_BYTES = 256 * KIB;
const APPLICATION_LAYER_BYTES = 24 * KIB;
/** The last tags of a repository name images that other tags name too. */
const ALIASES = ['latest', 'stable'];
const ARCHITECTURES = ['amd64', 'arm64'];

export type ContentTag = { repository: string; tag: string; image: Image };

/** Repositories are `<namespace>/<name>`. The same arguments give the same digests. */
export async function makeCatalogue(size: ContentSize, namespace: string): Promise<ContentTag[]> {
  const { repositories, tags, largeLayers } = SIZES[size];
  if (repositories === 0) return [];
  const bases = await Promise.all(
    Array.from({ length: BASES }, (_, base) => textLayer(`base-${base}`, BASE_LAYER_BYTES)),
  );
  const catalogue: ContentTag[] = [];
  for (let at = 0; at < repositories; at++) {
    const name = NAMES[at % NAMES.length] as string;
    const repository = `${namespace}/${name}`;
    const library = await textLayer(`${name}-library`, LIBRARY_LAYER_BYTES);
    const mib = largeLayers[at];
    const large = mib === undefined ? [] : [await randomLayer(`${name}-model`, mib * MIB)];
    const shared = [bases[at % BASES] as Layer, library, ...large];
    let newest: Image | undefined;
    for (let version = 1; version <= tags - ALIASES.length; version++) {
      newest = await makeVersion(at, name, version, shared);
      catalogue.push({ repository, tag: `1.${version}`, image: newest });
    }
    if (newest !== undefined) {
      for (const tag of ALIASES) catalogue.push({ repository, tag, image: newest });
    }
  }
  return catalogue;
}

async function makeVersion(
  repositoryNumber: number,
  name: string,
  version: number,
  shared: Layer[],
): Promise<Image> {
  const title = `${name}-1.${version}`;
  const kind = repositoryNumber % 4;
  if (kind === 0 || kind === 2) {
    const application = await textLayer(title, APPLICATION_LAYER_BYTES);
    const empty = version % 2 === 0 ? [emptyLayer()] : [];
    return makeImage('docker', title, [...shared, ...empty, application]);
  }
  const format = kind === 1 ? 'docker' : 'oci';
  const images: Record<string, Image> = {};
  for (const architecture of ARCHITECTURES) {
    const application = await textLayer(`${title}-${architecture}`, APPLICATION_LAYER_BYTES);
    images[architecture] = makeImage(format, title, [...shared, application], architecture);
  }
  return makeIndex(format, images);
}
