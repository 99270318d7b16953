// The page of traps, from the tables that the recipes, the preflight and `transship traps` are made of.

import {
  aboutVersion,
  movesText,
  type LineAbout,
  type TrapAbout,
} from '../domain/registries/dtr/about-version.ts';
import { escapeProse } from '../domain/text/markdown-text.ts';

export function trapsPage(): string {
  const { lines, traps } = aboutVersion();
  return `# Versions and their traps

What is known of each line of versions of Docker Trusted Registry (DTR) and Mirantis Secure Registry (MSR) 2, newest first, and what
goes wrong with it: \`transship traps 2.9.16\` prints it for one version. S0 and S1 are the vendor's pages on switching storage and on
external storage; a refused move is refused before anything is done, with the sentence that stands here.

States of jobs of every line, in both official spellings: ${escapeProse(lines[0]!.jobStates)}.

${lines.map(lineSection).join('\n\n')}

## Traps

${traps.map(trapSection).join('\n\n')}
`;
}

const lineSection = (line: LineAbout): string =>
  `## ${line.name}

${facts([
  ['Versions', line.versions],
  ['Supported', line.supportedUntil ?? 'no longer'],
  ['Bootstrapper', `\`${line.image}\``],
  ['A switch', line.aSwitch],
  ['Fields of the API', line.fields.join(', ') || 'neither readOnlyRegistry nor keep_metadata'],
  ['Blobs', line.blobs],
  ['Collects garbage', line.collects],
  ['Source', line.source],
  ...(line.unclear === null ? [] : [['Unclear', line.unclear] satisfies Fact]),
])}

| Move | |
|---|---|
${[
  ...line.ways.map(({ to, path, how, versions, source }) => [
    `to ${to} by ${path}`,
    `${how} (${versions}). ${source}`,
  ]),
  ...line.refused.map(({ moves, says }) => [movesText(moves), `Refused: ${says}`]),
]
  .map((cells) => `| ${cells.map(escapeProse).join(' | ')} |`)
  .join('\n')}`;

const trapSection = (trap: TrapAbout): string => {
  const mode = trap.mode === undefined ? [] : [`${trap.mode} garbage collection`];
  const where = [
    ...mode,
    ...(trap.to === undefined ? [] : [`to ${trap.to}`]),
    ...(trap.path ? [trap.path] : []),
  ];
  return `### ${trap.id}

${facts([
  ['Versions', [trap.versions, ...where].join(', ')],
  ['Happens', trap.happens],
  ['Source', trap.source],
  ...(trap.unclear === undefined ? [] : [['Unclear', trap.unclear] satisfies Fact]),
  ['Check', trap.check],
  [`You read (${trap.in})`, trap.says],
])}
- Test: \`${trap.test.file}\`, *${escapeProse(trap.test.title)}*`;
};

type Fact = [name: string, value: string];

const facts = (rows: Fact[]): string =>
  rows.map(([name, value]) => `- ${name}: ${escapeProse(value)}`).join('\n');
