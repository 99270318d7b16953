// Reads manifests: what they refer to and what DTR's API says about them.

import type { Reference } from './images.ts';

const IMAGES = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
];
const LISTS = [
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.index.v1+json',
];

type Descriptor = {
  mediaType?: string;
  digest: string;
  size: number;
  urls?: string[];
  platform?: { architecture?: string; os?: string };
};

export type Manifest = {
  mediaType: string;
  config: Descriptor | undefined;
  layers: Descriptor[];
  manifests: Descriptor[];
};

/** Throws a sentence for what is no image, list or index. The content type decides where the manifest itself is silent. */
export function parseManifest(payload: Uint8Array, contentType: string): Manifest {
  const body = JSON.parse(Buffer.from(payload).toString('utf8')) as Partial<Manifest>;
  const mediaType = body.mediaType ?? contentType;
  if (LISTS.includes(mediaType) && Array.isArray(body.manifests))
    return { mediaType, config: undefined, layers: [], manifests: body.manifests };
  if (IMAGES.includes(mediaType) && Array.isArray(body.layers) && body.config !== undefined)
    return { mediaType, config: body.config, layers: body.layers, manifests: [] };
  throw new Error(`unsupported manifest of media type ${mediaType}`);
}

/** Layers with `urls` lie elsewhere (Windows base layers) and need no blob here. */
export function referencesOf(manifest: Manifest): Reference[] {
  const blobs = [...(manifest.config === undefined ? [] : [manifest.config]), ...manifest.layers];
  return [
    ...blobs
      .filter((blob) => (blob.urls ?? []).length === 0)
      .map(({ digest, mediaType }) => ({ kind: 'blob' as const, digest, mediaType: mediaType ?? '' })),
    ...manifest.manifests.map(({ digest, mediaType }) => ({
      kind: 'manifest' as const,
      digest,
      mediaType: mediaType ?? '',
    })),
  ];
}
