// A tiny but valid image for trying pushes. Each one is unique, so that a registry cannot accept it without really
// writing: its blobs are a few hundred bytes that the next garbage collection removes.

import { createHash, randomUUID } from 'node:crypto';
import { EMPTY_LAYER_DIFF_ID } from '../../../domain/registries/canary.ts';

/** Tags that begin so are ours, in the canary repository alone. */
export const CANARY_TAG_PREFIX = 'transship-probe-';

export const CANARY_MEDIA_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

/** An empty tar archive, compressed: the layer that Docker itself uses for steps without files. */
const EMPTY_LAYER = Buffer.from('H4sIAAAJbogA/2IYBaNgFIxYAAgAAP//Lq+17wAEAAA=', 'base64');

export type CanaryBlob = { digest: string; bytes: Buffer };
export type CanaryImage = { tag: string; blobs: CanaryBlob[]; manifest: Buffer };

/** `configuration`: other bytes than a probe's. */
export function makeCanaryImage(configuration?: Buffer): CanaryImage {
  const id = randomUUID();
  const config = blob(configuration ?? probeConfiguration(id));
  const layer = blob(EMPTY_LAYER);
  const manifest = {
    schemaVersion: 2,
    mediaType: CANARY_MEDIA_TYPE,
    config: descriptor('application/vnd.docker.container.image.v1+json', config),
    layers: [descriptor('application/vnd.docker.image.rootfs.diff.tar.gzip', layer)],
  };
  return {
    tag: `${CANARY_TAG_PREFIX}${id}`,
    blobs: [config, layer],
    manifest: Buffer.from(JSON.stringify(manifest)),
  };
}

const probeConfiguration = (id: string): Buffer =>
  Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Labels: { 'transship.probe': id } },
      rootfs: { type: 'layers', diff_ids: [EMPTY_LAYER_DIFF_ID] },
    }),
  );

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const blob = (bytes: Buffer): CanaryBlob => ({ digest: digestOf(bytes), bytes });

const descriptor = (mediaType: string, { digest, bytes }: CanaryBlob) => ({
  mediaType,
  size: bytes.length,
  digest,
});
