import { expect, test } from 'vitest';
import { recordedIo } from '../../../test/client/recorded-io.ts';
import type { VersionAbout } from '../../../domain/registries/dtr/about-version.ts';
import { runCli } from '../run-cli.ts';

async function traps(...args: string[]) {
  const io = recordedIo();
  return { code: await runCli(['traps', ...args], io), stdout: io.stdout(), stderr: io.stderr() };
}
const inJson = async (...args: string[]): Promise<VersionAbout> =>
  JSON.parse((await traps(...args, '--json')).stdout) as VersionAbout;

test('tells of one version how it is moved and what goes wrong, and of no other', async () => {
  const { code, stdout } = await traps('2.9.16');
  expect(code).toBe(0);
  expect(stdout).toContain('MSR 2.9 (2.9.0 to below 2.10.0)');
  expect(stdout).toContain('2027-03-24');
  expect(stdout).toContain('reinitialize (2.9.0 and later)');
  expect(stdout).not.toMatch(/export-erases|opted-in-erases|rebuilt-from-files/);
});

test('tells of 2.6.0 what is not true of 2.6.3', async () => {
  const refusedOf = async (version: string): Promise<string> =>
    (await inJson(version)).lines.flatMap(({ refused }) => refused.map(({ says }) => says)).join('\n');
  expect(await refusedOf('2.6.0')).toContain('Notary');
  expect(await refusedOf('2.6.3')).not.toContain('Notary');
  expect((await inJson('2.6.0')).lines[0]!.ways).toEqual([]);
  expect((await inJson('2.6.3')).lines[0]!.ways.map(({ path }) => path)).toEqual([
    'best-practice',
    'best-practice',
  ]);
});

test('tells of all versions, and of 2.5 both of its lines', async () => {
  const all = await inJson();
  expect(all.lines.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['DTR 2.5 with classic garbage collection', 'MSR 2.10']),
  );
  expect((await inJson('2.5.15')).lines).toHaveLength(2);
  for (const trap of all.traps)
    expect(trap).toMatchObject({ source: expect.stringMatching(/./), says: expect.stringMatching(/./) });
});

test('tells of a version that no line has what to do instead', async () => {
  const { code, stdout } = await traps('2.4.3');
  expect(code).toBe(0);
  expect(stdout).toContain('No line of DTR or MSR has this version');
  expect(stdout).toContain('Upgrade to DTR 2.6.13 or 2.7');
});

test.each(['2.9', 'latest', '2.9.x'])('%s is no version', async (text) => {
  const { code, stdout, stderr } = await traps(text);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('three numbers');
});
