import { expect, it } from 'vitest';
import { isCopied } from './content-address.ts';
import { parseRegistryKey } from './registry-key.ts';

const HEX = `ab${'0'.repeat(62)}`;
const V2 = 'docker/registry/v2';
const REPOSITORY = `${V2}/repositories/team/app`;

it.each([
  [`${V2}/blobs/sha256/ab/${HEX}/data`, { kind: 'blob', digest: HEX }],
  [`${V2}/blobs/sha256/cd/${HEX}/data`, { kind: 'other' }],
  [`${V2}/blobs/id/4f/4f2a/data`, { kind: 'named-blob', folder: `${V2}/blobs/id/4f/` }],
  [`${REPOSITORY}/_layers/sha256/${HEX}/link`, { kind: 'layer-link', repository: 'team/app', digest: HEX }],
  [
    `${REPOSITORY}/_manifests/revisions/sha256/${HEX}/link`,
    { kind: 'revision-link', repository: 'team/app', digest: HEX },
  ],
  [`${REPOSITORY}/_manifests/tags/1.0/current/link`, { kind: 'tag', repository: 'team/app', tag: '1.0' }],
  [
    `${REPOSITORY}/_manifests/tags/1.0/index/sha256/${HEX}/link`,
    { kind: 'tag-history', repository: 'team/app', tag: '1.0', digest: HEX },
  ],
  [
    `${REPOSITORY}/_uploads/11-22/hashstates/sha256/100`,
    { kind: 'upload', repository: 'team/app', folder: `${REPOSITORY}/_uploads/11-22/` },
  ],
  [
    `${REPOSITORY}/_manifests/tags/_uploads/current/link`,
    { kind: 'tag', repository: 'team/app', tag: '_uploads' },
  ],
  ['readme.txt', { kind: 'other' }],
])('%s', (key, expected) => {
  expect(parseRegistryKey(key)).toEqual(expected);
});

it('copies a tag that is called _uploads, and no upload', () => {
  expect(isCopied(`${REPOSITORY}/_manifests/tags/_uploads/current/link`)).toBe(true);
  expect(isCopied(`${REPOSITORY}/_uploads/11-22/data`)).toBe(false);
});
