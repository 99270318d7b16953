// Asks the bootstrapper which flags `reconfigure` has, of the versions whose documents contradict each other (MSR 2.9 and 2.10).
// It changes nothing; it may pull the image, which is wanted in the window anyway. An answer that cannot be had is no error of
// the look: the recipe refuses without it, and says why.

import type { RegistryState } from '../../../contracts/registry-activities.ts';
import { bootstrapperSetup, helpArgv } from '../../../domain/registries/dtr/bootstrapper-command.ts';
import { lineOf } from '../../../domain/registries/dtr/lines.ts';
import { flagsIn, showsRule } from '../../../domain/registries/dtr/tool-flags.ts';
import { parseVersion } from '../../../domain/registries/dtr/version.ts';
import { lastLines } from '../../hosts/last-lines.ts';
import type { Dtr } from './dtr.ts';

/** No help is longer; what a host says that is none is not read to its end. */
const MAX_HELP_CHARACTERS = 100_000;
const MAX_PROBLEM_CHARACTERS = 300;

export async function toolFlags(dtr: Dtr, version: string): Promise<Pick<RegistryState, 'tool'>> {
  const parsed = parseVersion(version);
  if (parsed === undefined || lineOf(parsed)?.asksTool !== true) return {};
  try {
    const short = await ask(dtr, version, '--help');
    const flags = showsRule(short) ? short : [...short, ...(await ask(dtr, version, '--help-extended'))];
    return { tool: { flags: [...new Set(flags)].sort() } };
  } catch (error) {
    dtr.meter.signal.throwIfAborted();
    return { tool: { problem: error instanceof Error ? error.message : String(error) } };
  }
}

async function ask(
  { entry, environment, meter: { signal } }: Dtr,
  version: string,
  help: '--help' | '--help-extended',
): Promise<string[]> {
  const host = await environment.openHost(entry.bootstrapHost);
  const argv = helpArgv(bootstrapperSetup(entry), version, help);
  const { status, stdout, stderr } = await host.run(argv, { signal });
  const flags = flagsIn(`${stdout}\n${stderr}`.slice(0, MAX_HELP_CHARACTERS));
  // Some tools end their help with an error.
  if (flags.length > 0) return flags;
  throw new Error(
    `"${argv.slice(-2).join(' ')}" on ${host.name} ended with status ${status} and no flags: ${lastLines(stderr || stdout, MAX_PROBLEM_CHARACTERS)}`,
  );
}
