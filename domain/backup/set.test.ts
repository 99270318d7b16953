// The ids and keys of sets.

import { expect, test } from 'vitest';
import {
  contentKey,
  digestOfContent,
  isSetId,
  manifestKey,
  setFileKey,
  setIdOf,
  setOfManifest,
  timeOfSet,
} from './set.ts';

const RUN = '01938f2a-7b6c-7def-8123-456789abcdef';
const HEX = 'ab'.padEnd(64, '0');

test('the id of a set is its time and the end of its run', () => {
  const id = setIdOf('2026-11-28T14:15:00.123Z', RUN);
  expect(id).toBe('20261128T141500Z-89abcdef');
  expect(isSetId(id)).toBe(true);
  expect(timeOfSet(id)).toBe('2026-11-28T14:15:00Z');
});

test('sets that were begun at one moment differ, and later ones sort behind', () => {
  const other = setIdOf('2026-11-28T14:15:00.123Z', '01938f2a-7b6c-7def-8123-456700000000');
  expect(other).not.toBe(setIdOf('2026-11-28T14:15:00.123Z', RUN));
  expect(setIdOf('2026-11-28T14:15:01.000Z', RUN) > other).toBe(true);
});

test.each([
  '',
  'x',
  '../20261128T141500Z-89abcdef',
  '20261128T141500Z-89abcdef/..',
  '20261128T141500Z-XXXXXXXX',
])('what is no id is none: %j', (text) => {
  expect(isSetId(text)).toBe(false);
});

test('content lies under its digest, and nowhere else', () => {
  expect(contentKey(HEX)).toBe(`content/sha256/ab/${HEX}`);
  expect(digestOfContent(contentKey(HEX))).toBe(HEX);
  for (const key of [
    `content/sha256/cd/${HEX}`,
    `content/sha256/ab/${HEX}/data`,
    `content/sha256/ab/${HEX.slice(1)}`,
  ])
    expect(digestOfContent(key)).toBeUndefined();
});

test('the key of a manifest tells its set', () => {
  const id = '20261128T141500Z-89abcdef';
  expect(setOfManifest(manifestKey('prod', id))).toEqual({ registry: 'prod', id });
  expect(setOfManifest(setFileKey('prod', id, 'blobs.ndjson'))).toBeUndefined();
  expect(setOfManifest(`sets/prod/old/manifest.json`)).toBeUndefined();
});
