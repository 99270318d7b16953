// What an image needs to be pulled, read from its manifest: other manifests, its configuration, its layers. Pure, after
// the schemas of Docker (image manifest v2 schema 1 and schema 2, manifest list) and OCI (image manifest, image index,
// artifact manifest). A manifest of another format can be shown to be there, and nothing more can be said of it.

export type ManifestReference = { digest: string; size: number };

export type BlobReference = {
  digest: string;
  /** Bytes; null: the manifest does not say (schema 1). */
  size: number | null;
  /** Kept at other URLs by its licence (Windows base layers); registries need not have it. */
  foreign: boolean;
};

export type ImageClosure =
  | { kind: 'image'; blobs: BlobReference[] }
  /** `blobs`: an index of BuildKit's cache names layers where others name manifests. */
  | { kind: 'index'; manifests: ManifestReference[]; blobs: BlobReference[] }
  /** `reason` names what it is, e.g. `no schemaVersion`. */
  | { kind: 'unsupported'; reason: string };

type Descriptor = { mediaType?: string; digest: string; size: number; urls?: string[] };

/** Of OCI 1.1 before its release; registries still hold some. */
const ARTIFACT = 'application/vnd.oci.artifact.manifest.v1+json';

/** `manifest` is the parsed JSON. The configuration comes first among the blobs. */
export function imageClosure(manifest: unknown): ImageClosure {
  if (!isRecord(manifest)) return { kind: 'unsupported', reason: 'no JSON object' };
  const { schemaVersion, mediaType, manifests, config, layers, blobs } = manifest;
  if (schemaVersion === 1) return schema1Closure(manifest);
  if (mediaType === ARTIFACT && (blobs === undefined || (Array.isArray(blobs) && blobs.every(isDescriptor))))
    return { kind: 'image', blobs: (blobs ?? []).map(toBlob) };
  if (schemaVersion !== 2) return { kind: 'unsupported', reason: 'no schemaVersion' };

  if (Array.isArray(manifests)) {
    if (!manifests.every(isDescriptor)) return { kind: 'unsupported', reason: 'a malformed index' };
    return {
      kind: 'index',
      manifests: manifests.filter(isOfManifest).map(({ digest, size }) => ({ digest, size })),
      blobs: manifests.filter((descriptor) => !isOfManifest(descriptor)).map(toBlob),
    };
  }
  if (isDescriptor(config) && Array.isArray(layers) && layers.every(isDescriptor))
    return { kind: 'image', blobs: [config, ...layers].map(toBlob) };
  return { kind: 'unsupported', reason: 'neither an image nor an index' };
}

/** Layers only, the same one as often as it is used; the configuration stands in the manifest itself. */
function schema1Closure({ fsLayers }: Record<string, unknown>): ImageClosure {
  if (!Array.isArray(fsLayers) || !fsLayers.every(isFsLayer))
    return { kind: 'unsupported', reason: 'schema 1 without layers' };
  const digests = new Set(fsLayers.map(({ blobSum }) => blobSum));
  return { kind: 'image', blobs: [...digests].map((digest) => ({ digest, size: null, foreign: false })) };
}

const isFsLayer = (value: unknown): value is { blobSum: string } =>
  isRecord(value) && typeof value['blobSum'] === 'string';

const isOfManifest = ({ mediaType }: Descriptor): boolean =>
  mediaType === undefined || /\.(?:manifest|index)\./.test(mediaType);

const toBlob = ({ digest, size, mediaType, urls }: Descriptor): BlobReference => ({
  digest,
  size,
  foreign: urls !== undefined && urls.length > 0 && /\.foreign\.|\.nondistributable\./.test(mediaType ?? ''),
});

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isDescriptor = (value: unknown): value is Descriptor =>
  isRecord(value) &&
  typeof value['digest'] === 'string' &&
  typeof value['size'] === 'number' &&
  (value['urls'] === undefined || Array.isArray(value['urls']));
