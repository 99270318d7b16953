// No spelling of a secret is left in a text.

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

  test('leaves words alone that are too short to be secrets', () => {
    const redactor = createRedactor();
    redactor.remember('abc');
    expect(redactor.redact('abc')).toBe('abc');
  });
});
