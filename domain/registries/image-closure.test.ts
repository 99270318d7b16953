import { expect, test } from 'vitest';
import { imageClosure } from './image-closure.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const CONFIG = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digest('a'), size: 10 };
const LAYER = {
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: digest('b'),
  size: 20,
};

test('an image needs its configuration and its layers', () => {
  expect(imageClosure({ schemaVersion: 2, config: CONFIG, layers: [LAYER] })).toEqual({
    kind: 'image',
    blobs: [
      { digest: digest('a'), size: 10, foreign: false },
      { digest: digest('b'), size: 20, foreign: false },
    ],
  });
});

test('a layer is foreign by its type and its URLs together', () => {
  const urls = ['https://example.com/base'];
  const layers = [
    { ...LAYER, mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', urls },
    { ...LAYER, mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', urls },
    { ...LAYER, mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' },
    { ...LAYER, urls },
  ];
  const closure = imageClosure({ schemaVersion: 2, config: CONFIG, layers });
  expect(closure.kind === 'image' && closure.blobs.map(({ foreign }) => foreign)).toEqual([
    false,
    true,
    true,
    false,
    false,
  ]);
});

test.each(['application/vnd.docker.distribution.manifest.list.v2+json', undefined])(
  'an index of media type %s needs its manifests',
  (mediaType) => {
    const manifests = [{ digest: digest('c'), size: 30, platform: { os: 'linux', architecture: 'arm64' } }];
    expect(imageClosure({ schemaVersion: 2, mediaType, manifests })).toEqual({
      kind: 'index',
      manifests: [{ digest: digest('c'), size: 30 }],
      blobs: [],
    });
  },
);

test('an image of schema 1 needs its layers, each once, of sizes that it does not say', () => {
  const fsLayers = ['b', 'a', 'b'].map((letter) => ({ blobSum: digest(letter) }));
  expect(imageClosure({ schemaVersion: 1, name: 'dev/old', tag: 'v1', fsLayers })).toEqual({
    kind: 'image',
    blobs: [
      { digest: digest('b'), size: null, foreign: false },
      { digest: digest('a'), size: null, foreign: false },
    ],
  });
});

test('a cache of BuildKit is an index of layers', () => {
  const cache = { ...CONFIG, mediaType: 'application/vnd.buildkit.cacheconfig.v0' };
  expect(imageClosure({ schemaVersion: 2, manifests: [LAYER, cache] })).toMatchObject({
    kind: 'index',
    manifests: [],
    blobs: [{ digest: digest('b') }, { digest: digest('a') }],
  });
});

test('an artifact needs its blobs, which may be none', () => {
  const mediaType = 'application/vnd.oci.artifact.manifest.v1+json';
  expect(imageClosure({ mediaType, blobs: [LAYER] })).toMatchObject({
    kind: 'image',
    blobs: [{ digest: digest('b') }],
  });
  expect(imageClosure({ mediaType })).toEqual({ kind: 'image', blobs: [] });
});

test.each([
  ['schema 1 without layers', { schemaVersion: 1 }],
  ['schema 1 without layers', { schemaVersion: 1, fsLayers: [{ blobSum: 7 }] }],
  ['no JSON object', undefined],
  ['no schemaVersion', {}],
  ['a malformed index', { schemaVersion: 2, manifests: [{ digest: 7 }] }],
  ['neither an image nor an index', { schemaVersion: 2, config: CONFIG }],
  ['neither an image nor an index', { schemaVersion: 2, config: CONFIG, layers: [{}] }],
])('%s is named as unsupported', (reason, manifest) => {
  expect(imageClosure(manifest)).toEqual({ kind: 'unsupported', reason });
});
