// No spelling of a secret is left in a text.

import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createRedactor } from './redactor.ts';

describe('the redactor', () => {
  test('knows the spellings of a secret', () => {
    const redactor = createRedactor();
    const secret = 'p@ss "word"/1';
    redactor.remember(secret);
    const texts = [
      secret,
      JSON.stringify({ secret }),
      `https://host/?p=${encodeURIComponent(secret)}`,
      Buffer.from(secret).toString('base64'),
    ];
    expect(texts.map((text) => redactor.redact(text))).toEqual([
      '[secret]',
      '{"secret":"[secret]"}',
      'https://host/?p=[secret]',
      '[secret]',
    ]);
  });

  test('leaves nothing of the longer of two secrets that share a beginning', () => {
    const redactor = createRedactor();
    redactor.remember('abcd');
    redactor.remember('abcd-efgh');
    expect(redactor.redact('x abcd-efgh y')).toBe('x [secret] y');
  });

  test('knows single lines of a private key', () => {
    const redactor = createRedactor();
    const line = 'b3BlbnNzaC1rZXktdjEAAAAABG5vbmU';
    redactor.remember(`-----BEGIN OPENSSH PRIVATE KEY-----\n${line}\n-----END OPENSSH PRIVATE KEY-----`);
    expect(redactor.redact(`bad line ${line}`)).toBe('bad line [secret]');
    expect(redactor.redact('-----BEGIN OPENSSH PRIVATE KEY-----')).toContain('BEGIN');
  });

  test('knows the private key within a service account file, and leaves its addresses alone', () => {
    const redactor = createRedactor();
    const line = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC';
    const key = `-----BEGIN PRIVATE KEY-----\n${line}\n-----END PRIVATE KEY-----\n`;
    const file = { client_email: 'dtr@example.iam', private_key: key, private_key_id: '0123456789abcdef' };
    redactor.remember(JSON.stringify(file, null, 2));
    expect(redactor.redact(`key ${JSON.stringify(key)} of dtr@example.iam`)).toBe(
      'key "[secret]" of dtr@example.iam',
    );
    expect(redactor.redact(`no PEM: ${line}`)).toBe('no PEM: [secret]');
    expect(redactor.redact(JSON.stringify(file))).not.toMatch(/MIIE|012345/);
  });

  test.each(['', 'u:', 'us:', 'user:', 'admin:'])('knows base64 after %j, as basic credentials', (before) => {
    const redactor = createRedactor();
    const secret = 'eu/y+mzrrXIBa4wQ?>';
    redactor.remember(secret);
    for (const encoding of ['base64', 'base64url'] as const) {
      const text = redactor.redact(Buffer.from(`${before}${secret}:end`).toString(encoding));
      expect(text).toContain('[secret]');
      // The characters at both ends are made of neighbours too; they tell less than a byte.
      expect(text.replace('[secret]', '').length).toBeLessThanOrEqual(
        Math.ceil((before.length + 4) / 3) * 4 + 4,
      );
    }
  });

  const HARD = 'p"a\'s&s <w>ö/r+d\\n=\n€%';

  test.each<[string, (text: string) => string]>([
    ['JSON', (text) => JSON.stringify(text)],
    ['JSON in JSON', (text) => JSON.stringify(JSON.stringify({ text }))],
    ['JSON in JSON in JSON', (text) => JSON.stringify(JSON.stringify(JSON.stringify([text])))],
    [
      'JSON of Go',
      (text) => JSON.stringify(text).replaceAll(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`),
    ],
    ['JSON of PHP', (text) => JSON.stringify(text).replaceAll('/', '\\/')],
    ['a URL', encodeURIComponent],
    ['a URL in lower case', (text) => encodeURIComponent(text).toLowerCase()],
    ['a URL in a URL', (text) => encodeURIComponent(encodeURIComponent(text))],
    ['a URL that spares nothing', (text) => Buffer.from(text).toString('hex').replaceAll(/../g, '%$&')],
    ['a form', (text) => new URLSearchParams({ text }).toString().slice('text='.length)],
    ['hex', (text) => Buffer.from(text).toString('hex')],
    ['hex in upper case', (text) => Buffer.from(text).toString('hex').toUpperCase()],
    ['base64', (text) => Buffer.from(text).toString('base64')],
    [
      'XML',
      (text) =>
        text
          .replaceAll('&', '&amp;')
          .replaceAll('<', '&lt;')
          .replaceAll('>', '&gt;')
          .replaceAll('"', '&quot;'),
    ],
    ['HTML', (text) => text.replaceAll(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)],
    ['HTML in hex', (text) => text.replaceAll(/[&<>"'\n]/g, (c) => `&#x${c.charCodeAt(0).toString(16)};`)],
    ['HTML in HTML', (text) => text.replaceAll('&', '&amp;amp;').replaceAll('<', '&amp;lt;')],
    ['shell quotes', (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`],
    ['other shell quotes', (text) => `'${text.replaceAll("'", `'"'"'`)}'`],
    ['a shell without quotes', (text) => text.replaceAll(/[^A-Za-z0-9\n]/gu, String.raw`\$&`)],
    ['inspect', (text) => inspect({ text })],
  ])('knows a secret of hard characters in %s', (_name, spell) => {
    const redactor = createRedactor();
    redactor.remember(HARD);
    const shown = redactor.redact(`before ${spell(HARD)} after`);
    expect(shown).toMatch(/^before .*\[secret\].* after$/s);
    expect(shown).not.toMatch(/w.{0,9}(?:ö|%C3)|72.?2b.?64/i);
  });

  test("does not take long for backslashes that could be anybody's", () => {
    const redactor = createRedactor();
    redactor.remember(String.raw`\\\\a\\"\\\\b`);
    const text = '\\'.repeat(50_000);
    expect(redactor.redact(text)).toBe(text);
  });

  test('changes strings of JSON alone, so that it stays what it was', () => {
    const redactor = createRedactor();
    for (const secret of ['true', '1234']) redactor.remember(secret);
    const line = '{"on":true,"at":1234,"said":"true or 1234","of":[null]}\n';
    expect(redactor.redactLine(line)).toBe(
      '{"on":true,"at":1234,"said":"[secret] or [secret]","of":[null]}\n',
    );
    expect(redactor.redactLine('no JSON: true')).toBe('no JSON: [secret]');
  });

  test('keeps names in values that anybody may read, and nowhere else', () => {
    const redactor = createRedactor();
    redactor.remember('registry-prod');
    redactor.remember('of-nobody-else');
    redactor.allow({ storages: { 's3-registry-prod': { bucket: 'images' } } });
    const value = { job: 'jobs/registry-prod/01', storage: 's3-registry-prod', said: 'of-nobody-else' };
    expect(redactor.redactValue(value)).toEqual({ ...value, said: '[secret]' });
    expect(redactor.redactValue(value, [{ name: 'x of-nobody-else' }])).toEqual(value);
    expect(redactor.redact('login as registry-prod')).toBe('login as [secret]');
  });

  test('leaves words alone that are too short to be secrets', () => {
    const redactor = createRedactor();
    redactor.remember('abc');
    expect(redactor.redact('abc')).toBe('abc');
  });
});
