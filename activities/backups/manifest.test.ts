// A manifest is believed only as it was written, and everything that is wrong with one is named.

import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import type { SetManifest } from '../../contracts/backup.ts';
import { SET_FILES } from '../../domain/backup/set.ts';
import { manifestText, readManifest } from './manifest.ts';
import { openSigningKey } from './signing.ts';

const pem = (type: 'ed25519' | 'ed448'): string => {
  // The two overloads have nothing in common for the compiler.
  const { privateKey } = type === 'ed25519' ? generateKeyPairSync(type) : generateKeyPairSync('ed448');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
};
const key = openSigningKey(pem('ed25519'));
const AT = '2026-11-28T14:15:00.000Z';
const HEX = 'ab'.padEnd(64, '0');

const manifest: SetManifest = {
  id: '20261128T141500Z-1f2e3d4c',
  repository: 'f5b4',
  registry: 'prod',
  product: 'dtr',
  version: '2.7.9',
  takenAt: { begun: AT, metadata: AT, content: AT, ended: AT },
  replica: '000000000001',
  replicas: [{ id: '000000000001', ports: { http: 80, https: 443 } }],
  storage: { kind: 's3', place: 'images/root' },
  certificate: null,
  cluster: null,
  schedules: { words: [], value: [] },
  counts: { repositories: 1, tags: 2, manifests: 2, blobs: 3, bytes: 4 },
  rows: { tags: 2 },
  files: Object.fromEntries(
    SET_FILES.map((name) => [name, { bytes: 1, sha256: HEX }]),
  ) as SetManifest['files'],
  content: { blobs: 3, bytes: 4, newBlobs: 1, newBytes: 1 },
  closure: { lost: 0, unread: 0, unsettled: 0 },
};
const expected = { repository: 'f5b4', registry: 'prod', id: manifest.id };
const text = manifestText(manifest, key);
const problemsOf = (written: string, whose = expected): string[] =>
  readManifest(written, key, whose).problems;

test('it reads what it wrote', () => {
  expect(readManifest(text, key, expected)).toEqual({ manifest, problems: [] });
});

test('no byte of it can be changed or left out', () => {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 1) {
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 1;
    expect(problemsOf(flipped.toString()), `byte ${at}`).not.toEqual([]);
    expect(problemsOf(bytes.subarray(0, at).toString()), `cut at ${at}`).not.toEqual([]);
  }
});

test('a newer format is refused by its number, whatever it holds', () => {
  const newer = JSON.stringify({ format: 'transship/set@2', content: {} });
  expect(problemsOf(newer)).toEqual([expect.stringContaining('transship/set@2')]);
  expect(problemsOf('{}')).toEqual(['is no manifest of a set']);
  expect(problemsOf('null')).toEqual(['is no manifest of a set']);
});

test('all that is wrong with its fields is named', () => {
  const { replica: _, ...rest } = manifest;
  const wrong = { ...rest, counts: { ...manifest.counts, tags: -1 } } as SetManifest;
  expect(problemsOf(manifestText(wrong, key))).toEqual([
    expect.stringContaining('"replica"'),
    expect.stringContaining('"counts.tags"'),
  ]);
});

test('a field that is not known yet does not matter, where it was signed', () => {
  const later = { ...manifest, later: true };
  expect(problemsOf(manifestText(later, key))).toEqual([]);
});

test('another key is named', () => {
  const other = openSigningKey(pem('ed25519'));
  expect(problemsOf(manifestText(manifest, other))).toEqual([
    `is signed with another key: ${other.fingerprint}, not ${key.fingerprint}`,
  ]);
});

test.each([
  ['repository', { ...expected, repository: 'other' }],
  ['registry', { ...expected, registry: 'other' }],
  ['id', { ...expected, id: '20261128T141500Z-00000000' }],
])('one of another %s is foreign', (field, whose) => {
  expect(problemsOf(text, whose)).toEqual([
    expect.stringMatching(new RegExp(`another place: its ${field} is`)),
  ]);
});

test('a key of another kind, or what is no key, is refused without a word of it', () => {
  const other = pem('ed448');
  for (const wrong of [other, 'secret-text']) {
    expect(() => openSigningKey(wrong)).toThrow(/no private Ed25519 key in PEM/);
    expect(() => openSigningKey(wrong)).not.toThrow(/secret-text/);
  }
});
