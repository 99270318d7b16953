// Digests of manifests of every age.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { matchesDigest } from './manifest-digest.ts';

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test('a signed manifest of schema 1 is named by what was signed', () => {
  const begin = '{\n   "schemaVersion": 1,\n   "name": "dev/old",\n   "fsLayers": []';
  const payload = `${begin}\n}`;
  const header = {
    formatLength: Buffer.byteLength(begin),
    formatTail: Buffer.from('\n}').toString('base64url'),
  };
  const signed = Buffer.from(
    `${begin},\n   "signatures": [${JSON.stringify({ header: {}, signature: 'x', protected: encoded(header) })}]\n}`,
  );
  expect(matchesDigest(signed, digestOf(payload))).toBe(true);
  expect(matchesDigest(signed, digestOf(`${payload} `))).toBe(false);
  const changed = Buffer.from(signed.toString().replace('dev/old', 'dev/new'));
  expect(matchesDigest(changed, digestOf(payload))).toBe(false);
});

test('every other manifest is named by its bytes', () => {
  const text = '{"schemaVersion":2}';
  expect(matchesDigest(Buffer.from(text), digestOf(text))).toBe(true);
  expect(matchesDigest(Buffer.from(`${text}\n`), digestOf(text))).toBe(false);
  expect(matchesDigest(Buffer.from(text), `md5:${'0'.repeat(32)}`)).toBe(false);
});

test.each([
  ['no JSON', 'x'],
  ['signatures of another shape', { schemaVersion: 1, signatures: [{ protected: 7 }] }],
  ['a protected part that is no JSON', { schemaVersion: 1, signatures: [{ protected: 'AAAA' }] }],
  [
    'a length that is none',
    { schemaVersion: 1, signatures: [{ protected: encoded({ formatLength: -1, formatTail: '' }) }] },
  ],
])('%s does not match, and does not break anything', (_name, manifest) => {
  expect(matchesDigest(Buffer.from(JSON.stringify(manifest)), digestOf('other'))).toBe(false);
});
