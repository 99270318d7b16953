// `transship traps`: what is known of a version of DTR or MSR before anything is done with it.

import { Command, InvalidArgumentError } from 'commander';
import {
  aboutVersion,
  type LineAbout,
  movesText,
  type TrapAbout,
} from '../../../domain/registries/dtr/about-version.ts';
import { parseVersion, type Version } from '../../../domain/registries/dtr/version.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { textTable } from '../text-table.ts';

const AFTER_HELP = `
What happens:
  Nothing is asked and nothing is done. It is shown how each line of versions of Docker Trusted Registry and Mirantis Secure Registry 2
  is moved, which document says so, and where documents contradict each other; and every trap with what becomes of a registry in
  it, what of Transship keeps away from it, and the sentence that you read then. The same is docs/reference/traps.md.
  Of CNCF Distribution, the plain registry, docs/operations/plain-registry.md says what can be done.

Examples:
  $ transship traps 2.9.16
  $ transship traps
  $ transship traps 2.6.3 --json | jq -r '.lines[].refused[].says'

Exit codes: 0 shown, 2 not a version.`;

const UNKNOWN =
  'No line of DTR or MSR has this version. Of CNCF Distribution see docs/operations/plain-registry.md.';

export function traps(context: Context): Command {
  return new Command('traps')
    .description('show how a version of DTR or MSR is moved, and what goes wrong')
    .argument('[version]', 'such as 2.9.16; absent: every version', version)
    .option('--json', 'print {"lines", "traps"} as JSON')
    .addHelpText('after', AFTER_HELP)
    .action((of: Version | undefined, { json }: { json?: boolean }) => {
      const about = aboutVersion(of);
      if (json) return printJson(context.io, about);
      const parts =
        about.lines.length === 0
          ? [UNKNOWN, ...about.traps.filter((trap) => trap.in === 'refusal').map(trapText)]
          : [...about.lines.map(lineText), ...about.traps.map(trapText)];
      context.io.out(`${parts.join('\n\n')}\n`);
    });
}

function version(text: string): Version {
  const parsed = parseVersion(text);
  if (parsed === undefined) throw new InvalidArgumentError('It must be three numbers, such as 2.9.16.');
  return parsed;
}

const lineText = (line: LineAbout): string =>
  [
    `${line.name} (${line.versions})`,
    rows([
      ['image', line.image],
      ['supported', line.supportedUntil ?? 'no longer'],
      ['a switch', line.aSwitch],
      ['in its API', line.fields.join(', ') || 'neither readOnlyRegistry nor keep_metadata'],
      ['blobs', line.blobs],
      ['collects', line.collects],
      ['job states', line.jobStates],
      ['source', line.source],
      ...(line.unclear === null ? [] : [['unclear', line.unclear]]),
      ...line.ways.map(({ to, path, how, versions }) => [`to ${to}`, `${path}: ${how} (${versions})`]),
      ...line.refused.map(({ moves, says }) => ['refused', `${says} (${movesText(moves)})`]),
    ]),
  ].join('\n');

const trapText = (trap: TrapAbout): string =>
  [
    `${trap.id} (${[trap.versions, trap.mode && `${trap.mode} garbage collection`, trap.to && `to ${trap.to}`, trap.path].filter(Boolean).join(', ')})`,
    rows([
      ['happens', trap.happens],
      ['source', trap.source],
      ...(trap.unclear === undefined ? [] : [['unclear', trap.unclear]]),
      ['check', trap.check],
      ['you read', `${trap.says} (${trap.in})`],
    ]),
  ].join('\n');

const rows = (cells: string[][]): string =>
  textTable(['', ''], cells)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `  ${line}`)
    .join('\n');
