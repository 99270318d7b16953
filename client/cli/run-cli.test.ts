import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAILURES } from '../../contracts/failures.ts';
import { recordedIo } from '../../test/client/recorded-io.ts';
import { GOOD_INVENTORY } from '../../test/support/inventory-file.ts';
import { EXIT_CODES, exitOfFailure } from './exit-codes.ts';
import { runCli } from './run-cli.ts';

async function transship(...args: string[]) {
  const io = recordedIo();
  return { code: await runCli(args, io), stdout: io.stdout(), stderr: io.stderr() };
}

describe('usage', () => {
  test.each([
    ['an unknown command', ['fly']],
    ['a missing argument', ['plan', 'prod', '--path', 'read-only']],
    ['a plan of no path', ['plan', 'prod', 's3-prod']],
    ['a missing option', ['migrate', 'prod', 's3-prod']],
    ['a path that does not exist', ['migrate', 'prod', 's3-prod', '--path', 'scenic']],
    [
      'a window that is no duration',
      ['migrate', 'prod', 's3-prod', '--path', 'read-only', '--window', 'long'],
    ],
    ['a decision by nobody', ['approve', 'prod']],
    ['a worker without an inventory', ['worker']],
    ['a metrics address without a port', ['worker', '--inventory', 'x', '--metrics', '9464']],
    ['a profile that does not exist', ['status', 'prod', '--profile', 'nowhere']],
    ['a subject without a name', ['status', '']],
    ['a subject of white space', ['cancel', ' \t']],
    ['a subject that is too long', ['watch', 'x'.repeat(300)]],
    ['a registry without a name', ['plan', '', 's3-prod', '--path', 'read-only']],
    ['a decision by white space', ['approve', 'prod', '--by', ' ']],
    [
      'a window of a year and more',
      ['plan', 'prod', 's3-prod', '--path', 'read-only', '--window', '9999999d'],
    ],
  ])('%s is 2 and leaves stdout empty', async (_name, args) => {
    const { code, stdout, stderr } = await transship(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toBe('');
    const inJson = await transship(...args, '--json');
    expect(inJson).toMatchObject({ code: 2, stdout: '' });
    expect(inJson.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(inJson.stderr)).toEqual({
      error: expect.objectContaining({
        message: expect.stringMatching(/./),
        type: 'InvalidInput',
        advice: expect.stringMatching(/./),
      }),
      exitCode: 2,
    });
  });

  test('--help is 0 and lists every exit code', async () => {
    const { code, stdout } = await transship('--help');
    expect(code).toBe(0);
    for (const { code, meaning } of Object.values(EXIT_CODES))
      expect(stdout).toContain(`${code}  ${meaning}`);
  });
});

test('an unreachable Temporal is 14, in JSON where that is asked for', async () => {
  const nowhere = ['--address', '127.0.0.1:1'];
  expect(await transship('status', 'prod', ...nowhere)).toMatchObject({
    code: 14,
    stdout: '',
    stderr: expect.stringContaining('Temporal cannot be reached at 127.0.0.1:1'),
  });
  const { stderr } = await transship('status', 'prod', '--json', ...nowhere);
  expect(JSON.parse(stderr)).toMatchObject({
    exitCode: 14,
    error: { message: expect.stringContaining('127.0.0.1:1'), type: 'TemporalUnreachable' },
  });
});

describe('inventory check', () => {
  let folder: string;
  const write = async (name: string, text: string): Promise<string> => {
    const file = path.join(folder, name);
    await writeFile(file, text);
    return file;
  };
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'transship-check-'));
  });
  afterAll(async () => rm(folder, { recursive: true }));

  test('without mistakes is 0', async () => {
    const file = await write('good.yaml', GOOD_INVENTORY);
    expect(await transship('inventory', 'check', file)).toEqual({
      code: 0,
      stdout: `${file} has no mistakes\n`,
      stderr: '',
    });
  });

  test('with mistakes is 2 and prints each as FILE:LINE:COLUMN', async () => {
    const file = await write('bad.yaml', GOOD_INVENTORY.replace('journal: files', 'journal: x\ncolour: red'));
    const text = await transship('inventory', 'check', file);
    expect(text.code).toBe(2);
    expect(text.stdout.split('\n')).toEqual([
      `${file}:32:10 journal: there is no storage of this name under storages`,
      `${file}:33:1 colour: unknown key`,
      '',
    ]);
    const json = await transship('inventory', 'check', file, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, mistakes: { length: 2 } });
  });

  test('of a file that is not there is 2', async () => {
    expect(await transship('inventory', 'check', '/none')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('the table of exit codes', () => {
  test('has no code twice', () => {
    const codes = Object.values(EXIT_CODES).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });

  test('gives every failure a code, and success to none', () => {
    for (const type of [...Object.keys(FAILURES), 'SomethingElse'])
      expect(EXIT_CODES[exitOfFailure(type)].code).toBeGreaterThan(0);
  });
});
