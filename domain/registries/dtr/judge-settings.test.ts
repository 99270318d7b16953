// What a restore changes is said before anything is destroyed.

import { expect, it } from 'vitest';
import { said } from '../../../test/support/said.ts';
import { named, state } from '../../../test/workflows/fake-activities.ts';
import type { DtrRegistryEntry } from '../../../contracts/inventory.ts';
import type { ShownSettings } from '../../../contracts/registry-activities.ts';
import { judgeSettings } from './judge-settings.ts';

const told = {
  externalUrl: '',
  httpProxy: '',
  httpsProxy: '',
  noProxy: '',
  logProtocol: '',
  logHost: '',
  logLevel: '',
};
const plain: ShownSettings = {
  told,
  certificate: null,
  secretProxies: [],
  clientCertificates: false,
  singleSignOn: true,
};
const certificate = { words: 'CN=dtr, sha256 AB:CD', keyFits: true };
const judge = (changed: Partial<ShownSettings>, restore?: DtrRegistryEntry['restore']) =>
  judgeSettings(
    { ...named.entry, ...(restore && { restore }) },
    { ...state, settings: { ...plain, ...changed } },
  );

it('says nothing where all can be told again, or the registry says nothing', () => {
  const key = { env: 'KEY' };
  for (const judged of [
    judgeSettings(named.entry, state),
    judge({}),
    judge({ certificate }, { key }),
    judge({ secretProxies: ['httpProxy'] }, { httpProxy: { env: 'PROXY' } }),
  ])
    expect(judged).toEqual([]);
});

it.each<[string, Partial<ShownSettings>, DtrRegistryEntry['restore'], RegExp]>([
  [
    'a key that nobody has',
    { certificate: { ...certificate, keyFits: null } },
    undefined,
    /CN=dtr, sha256 AB:CD.*restore\.key/,
  ],
  ['a certificate that is not shown', {}, { key: { env: 'KEY' } }, /does not show its certificate/],
  [
    'a proxy with credentials',
    { secretProxies: ['httpsProxy'] },
    { httpProxy: { env: 'P' } },
    /httpsProxy.*--https-proxy.*restore\.httpsProxy/,
  ],
  ['client certificates', { clientCertificates: true }, undefined, /--enable-client-cert-auth/],
  ['single sign-on that is off', { singleSignOn: false }, undefined, /--dtr-external-url/],
])('warns of %s', (_what, changed, restore, words) => {
  expect(said(judge(changed, restore))).toEqual({ stops: [], others: [expect.stringMatching(words)] });
});

it('stops before a key of another certificate', () => {
  const judged = judge({ certificate: { ...certificate, keyFits: false } }, { key: { env: 'KEY' } });
  expect(said(judged)).toEqual({
    stops: [expect.stringContaining('not that of the registry')],
    others: [],
  });
});
