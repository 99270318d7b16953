// What an image needs to be pulled, read from its manifest: other manifests, its configuration, its layers. Pure, after
// the schemas of Docker (image manifest v2 schema 2, manifest list) and OCI (image manifest, image index).

export type ManifestReference = { digest: string; size: number };

export type BlobReference = {
  digest: string;
  /** Bytes. */
  size: number;
  /** Kept at other URLs by its licence (Windows base layers); registries need not have it. */
  foreign: boolean;
};

export type ImageClosure =
  | { kind: 'image'; blobs: BlobReference[] }
  | { kind: 'index'; manifests: ManifestReference[] }
  /** `reason` names what it is, e.g. `schema 1`. */
  | { kind: 'unsupported'; reason: string };

type Descriptor = { mediaType?: string; digest: string; size: number; urls?: string[] };

/** `manifest` is the parsed JSON. The configuration comes first among the blobs. */
export function imageClosure(manifest: unknown): ImageClosure {
  if (!isRecord(manifest)) return { kind: 'unsupported', reason: 'no JSON object' };
  if (manifest['schemaVersion'] === 1) return { kind: 'unsupported', reason: 'schema 1' };
  if (manifest['schemaVersion'] !== 2) return { kind: 'unsupported', reason: 'no schemaVersion' };

  const { manifests, config, layers } = manifest;
  if (Array.isArray(manifests)) {
    if (!manifests.every(isDescriptor)) return { kind: 'unsupported', reason: 'a malformed index' };
    return { kind: 'index', manifests: manifests.map(({ digest, size }) => ({ digest, size })) };
  }
  if (isDescriptor(config) && Array.isArray(layers) && layers.every(isDescriptor))
    return { kind: 'image', blobs: [config, ...layers].map(toBlob) };
  return { kind: 'unsupported', reason: 'neither an image nor an index' };
}

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
