import { expect, it } from 'vitest';
import { tooLongPart, unlistedInXml, unsafeKey } from './safe-key.ts';

it.each([
  'docker/registry/v2/blobs/sha256/ab/abc/data',
  'a',
  '..a/b../...',
  '-n',
  'two\nlines',
  'ünï/漢字/😀',
  '.transship-probe/some',
  'docker/.transship-staging/x',
])('%j is a key', (key) => {
  expect(unsafeKey(key)).toBeUndefined();
});

it.each([
  '',
  '/',
  '/etc/passwd',
  'a//b',
  'a/',
  '.',
  '..',
  './a',
  'a/.',
  '../../etc/cron.d/x',
  'docker/../../../x',
  'a/..',
  'a\0b',
  'a\ud800b',
  '.transship-staging/x',
  '.transship-parts/x',
  '.transship-not-mounted',
  '.transship-probe',
])('%j is none', (key) => {
  expect(unsafeKey(key)).toEqual(expect.any(String));
});

it('what a storage cannot list or hold is named', () => {
  for (const key of ['a\u0001', 'a\u001b[2J', 'a\r', '\uffff'])
    expect(unlistedInXml(key)).toContain('control character');
  for (const key of ['tab\there', 'two\nlines', 'delete\u007f', '\u0085'])
    expect(unlistedInXml(key)).toBeUndefined();
  expect(tooLongPart(`a/${'ü'.repeat(128)}/b`)).toContain('longer');
  expect(tooLongPart(`a/${'x'.repeat(255)}/b`)).toBeUndefined();
});
