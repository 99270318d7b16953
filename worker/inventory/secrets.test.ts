// Where secrets come from, and what is said when one cannot be read.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TransshipError } from '../../domain/transship-error.ts';
import { createRedactor } from './redactor.ts';
import { createSecretResolver } from './secrets.ts';

describe('a reference', () => {
  let baseDir: string;
  beforeAll(async () => {
    baseDir = await mkdtemp(path.join(tmpdir(), 'transship-secrets-'));
    await writeFile(path.join(baseDir, 'password'), 'from-a-file\n');
    await writeFile(path.join(baseDir, 'empty'), '\n');
  });
  afterAll(async () => rm(baseDir, { recursive: true }));

  const resolver = (redactor = createRedactor()) =>
    createSecretResolver({ env: { ...process.env, PASSWORD: 'from-env' }, baseDir, redactor });

  test.each([
    [{ env: 'PASSWORD' }, 'from-env'],
    [{ file: 'password' }, 'from-a-file'],
    [{ command: ['printf', 'from a command\n'] }, 'from a command'],
  ])('%j is resolved', async (ref, expected) => {
    expect(await resolver()(ref)).toBe(expected);
  });

  test.each([
    [{ env: 'NOT_SET_ANYWHERE' }, 'the variable NOT_SET_ANYWHERE: it is not set'],
    [{ file: 'none' }, 'the file none: ENOENT'],
    [{ file: 'empty' }, 'the file empty: it is empty'],
    [
      { command: ['sh', '-c', 'echo an-argument-that-tells; exit 3'] },
      'the command sh: it ended with status 3',
    ],
    [{ command: ['no-such-command-anywhere'] }, 'the command no-such-command-anywhere: ENOENT'],
  ])('%j is SecretUnavailable and says why, without what it printed', async (ref, expected) => {
    const error = await resolver()(ref).catch((error: unknown) => error as TransshipError);
    expect(error).toMatchObject({
      type: 'SecretUnavailable',
      message: `a secret cannot be read from ${expected}`,
    });
    expect(inspect(error)).not.toContain('an-argument-that-tells');
  });

  test('is read again each time, and the redactor knows old and new', async () => {
    const redactor = createRedactor();
    const resolve = resolver(redactor);
    await writeFile(path.join(baseDir, 'rotated'), 'first-value');
    expect(await resolve({ file: 'rotated' })).toBe('first-value');
    await writeFile(path.join(baseDir, 'rotated'), 'second-value');
    expect(await resolve({ file: 'rotated' })).toBe('second-value');
    expect(redactor.redact('first-value and second-value')).toBe('[secret] and [secret]');
  });
});
