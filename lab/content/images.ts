// Images made from blobs: Docker images and manifest lists, OCI images and indexes. An image is its manifest with
// everything that must be pushed before it.

import { type Blob, blobOf, type Layer, sha256 } from './layers.ts';

const DOCKER = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};
const OCI = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};
const FORMATS = { docker: DOCKER, oci: OCI };

export const MANIFEST_TYPES = [DOCKER.manifest, DOCKER.index, OCI.manifest, OCI.index];
export const INDEX_TYPES = [DOCKER.index, OCI.index];

export type Format = keyof typeof FORMATS;

export type Image = {
  digest: string;
  mediaType: string;
  /** The manifest, byte for byte as it is pushed. */
  manifest: Buffer;
  blobs: Blob[];
  /** The images that an index names; they are pushed first. */
  children: Image[];
};

export function makeImage(format: Format, name: string, layers: Layer[], architecture = 'amd64'): Image {
  const types = FORMATS[format];
  const config = blobOf(
    json({
      architecture,
      os: 'linux',
      config: { Labels: { 'org.opencontainers.image.title': name } },
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
      history: layers.map(() => ({ created: '1970-01-01T00:00:00Z', created_by: 'transship lab' })),
    }),
  );
  const manifest = json({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptor(types.config, config),
    layers: layers.map((layer) => descriptor(types.layer, layer)),
  });
  return {
    digest: sha256(manifest),
    mediaType: types.manifest,
    manifest,
    blobs: [config, ...layers],
    children: [],
  };
}

/** A manifest list or OCI index of images of the same format, by architecture. */
export function makeIndex(format: Format, images: Record<string, Image>): Image {
  const types = FORMATS[format];
  const manifest = json({
    schemaVersion: 2,
    mediaType: types.index,
    manifests: Object.entries(images).map(([architecture, image]) => ({
      mediaType: image.mediaType,
      size: image.manifest.length,
      digest: image.digest,
      platform: { architecture, os: 'linux' },
    })),
  });
  return {
    digest: sha256(manifest),
    mediaType: types.index,
    manifest,
    blobs: [],
    children: Object.values(images),
  };
}

const descriptor = (mediaType: string, blob: Blob) => ({ mediaType, size: blob.size, digest: blob.digest });
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value, null, 2));
