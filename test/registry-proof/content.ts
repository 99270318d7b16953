// What the first registry holds: everything about a registry's tree that a storage could get wrong.

import { type Image, makeImage, makeIndex } from '../../lab/content/images.ts';
import { blobOf, emptyLayer, type Layer, randomLayer, sha256, textLayer } from '../../lab/content/layers.ts';
import { type KnownBlobs, pushImage } from '../../lab/content/push-image.ts';
import type { TagToPull } from '../../lab/content/pull-all.ts';
import type { RegistryClient } from '../../lab/content/registry-client.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
/** Several parts of an upload, and several segments in Swift. */
const LARGE_LAYER_BYTES = 24 * MIB;

/** Pushes the content; returns every tag with its digest. */
export async function pushContent(client: RegistryClient): Promise<TagToPull[]> {
  const [base, library, one, two] = await Promise.all([
    textLayer('base', 600 * KIB),
    textLayer('library', 100 * KIB),
    textLayer('one', 20 * KIB),
    textLayer('two', 20 * KIB),
  ]);
  const large = await randomLayer('large', LARGE_LAYER_BYTES);
  const zero: Layer = { ...blobOf(Buffer.alloc(0)), diffId: sha256(Buffer.alloc(0)) };
  const first = makeImage('docker', 'first', [base, library, one]);
  const second = makeImage('docker', 'second', [base, library, two, emptyLayer()]);
  const forArchitectures = (format: 'docker' | 'oci', layer: Layer): Image =>
    makeIndex(format, {
      amd64: makeImage(format, 'amd64', [base, layer]),
      arm64: makeImage(format, 'arm64', [layer], 'arm64'),
    });
  const images: [repository: string, tag: string, image: Image][] = [
    ['team/app', '1.0', first],
    ['team/app', 'release', first],
    // Two tags that a file system without case would take for one.
    ['team/app', 'RELEASE', second],
    ['team/app', '2.0_rc.1-final', second],
    // The same layers in another repository are mounted, not sent.
    ['team/app-mounted', 'latest', first],
    ['team/app/nested', 'latest', second],
    ['team/large', 'latest', makeImage('docker', 'large', [base, large])],
    ['team/zero', 'latest', makeImage('oci', 'zero', [zero, one])],
    ['library', 'docker-list', forArchitectures('docker', one)],
    ['library', 'oci-index', forArchitectures('oci', two)],
  ];
  const known: KnownBlobs = new Map();
  for (const [repository, tag, image] of images) await pushImage(client, repository, tag, image, known);
  return images.map(([repository, tag, { digest }]) => ({ repository, tag, digest }));
}

/** One more image, as the users of the copy push it: a new large layer, layers that are there, a tag that moves. */
export async function pushMore(client: RegistryClient): Promise<TagToPull[]> {
  const image = makeImage('docker', 'more', [
    await textLayer('base', 600 * KIB),
    await randomLayer('more', 12 * MIB),
  ]);
  await pushImage(client, 'team/more', 'latest', image);
  await pushImage(client, 'team/app', '1.0', image);
  return [
    { repository: 'team/more', tag: 'latest', digest: image.digest },
    { repository: 'team/app', tag: '1.0', digest: image.digest },
  ];
}
