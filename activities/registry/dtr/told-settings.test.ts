// What a registry shows of itself goes into the plan, but for what may be a secret.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { named } from '../../../test/workflows/fake-activities.ts';
import { settingsShape } from './dtr-shapes.ts';
import type { Dtr } from './dtr.ts';
import { shownSettings } from './told-settings.ts';

let dir: string;
let certificate: string;
const keys: Record<string, string> = { GARBAGE: 'no key at all' };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-told-'));
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  for (const name of ['OWN', 'OTHER']) {
    const out = ['-keyout', join(dir, `${name}.key`), '-out', join(dir, `${name}.pem`)];
    await promisify(execFile)('openssl', ['req', '-x509', ...newKey, '-subj', '/O=we/CN=dtr', ...out]);
    keys[name] = await readFile(join(dir, `${name}.key`), 'utf8');
  }
  certificate = await readFile(join(dir, 'OWN.pem'), 'utf8');
});
afterAll(() => rm(dir, { recursive: true }));

async function shown(settings: object, key?: string) {
  const entry = { ...named.entry, ...(key !== undefined && { restore: { key: { env: key } } }) };
  const environment = { resolveSecret: async (ref: { env: string }) => keys[ref.env]! };
  const dtr = { entry, environment } as unknown as Dtr;
  return await shownSettings(dtr, settingsShape.parse(settings));
}

test.each([
  [undefined, null],
  ['OWN', true],
  ['OTHER', false],
  ['GARBAGE', false],
])('with the key %s in the inventory it is known whether it fits: %s', async (key, keyFits) => {
  const found = await shown({ webTLSCert: certificate }, key);
  expect(found.certificate).toEqual({
    words: expect.stringMatching(/^O=we, CN=dtr, sha256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$/) as string,
    keyFits,
  });
});

test('a proxy with credentials is named and not shown, and odd answers are no answers', async () => {
  const found = await shown({
    httpProxy: 'http://10.0.0.8:3128',
    httpsProxy: 'user:pass-word@10.0.0.8:3128',
    dtrHost: 'dtr.example.com:4443',
    noProxy: null,
    logProtocol: '********',
    logHost: 5,
    webTLSCert: 'masked',
  });
  expect(JSON.stringify(found)).not.toContain('pass-word');
  expect(found).toEqual({
    told: {
      externalUrl: 'https://dtr.example.com:4443',
      httpProxy: 'http://10.0.0.8:3128',
      httpsProxy: '',
      noProxy: '',
      logProtocol: '',
      logHost: '',
      logLevel: '',
    },
    certificate: null,
    secretProxies: ['httpsProxy'],
    clientCertificates: false,
    singleSignOn: false,
  });
});
