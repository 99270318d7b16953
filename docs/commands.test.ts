// Every command that people read here is executed as it stands by test/docs/documented-commands.test.ts, or by a test of its own
// that test/docs/run-elsewhere.ts names. One that is neither may be one that does not work.

import { expect, test } from 'vitest';
import { RUN_ELSEWHERE } from '../test/docs/run-elsewhere.ts';
import { filledIn, RUN_HERE } from '../test/docs/run-here.ts';
import { commandsIn, documentedCommands } from './commands.ts';
import { isThere } from './named-test.ts';

const documented = documentedCommands();
const isElsewhere = (text: string): boolean => RUN_ELSEWHERE.some(({ command }) => command.test(text));
const isMade = (text: string): boolean => Object.hasOwn(RUN_HERE, filledIn(text));

test('each documented command is executed by a test: to add one, give it a row in test/docs/run-here.ts or run-elsewhere.ts', () => {
  expect(documented.length).toBeGreaterThan(150);
  const never = documented.filter(({ text, mention }) => !isElsewhere(text) && !mention && !isMade(text));
  expect(never.map(({ page, line, text }) => `${page}:${line}: ${text}`)).toEqual([]);
});

test('no row is for a command that no page has any more', () => {
  const all = new Set(documented.map(({ text }) => filledIn(text)));
  expect(Object.keys(RUN_HERE).filter((command) => !all.has(command))).toEqual([]);
  const unused = RUN_ELSEWHERE.filter(({ command }) => !documented.some(({ text }) => command.test(text)));
  expect(unused).toEqual([]);
});

test.each(RUN_ELSEWHERE)('$command is executed by a test that there is', ({ file, test: name }) => {
  expect(isThere({ file, name })).toBe(true);
});

test('commands are found in blocks and sentences, over several lines, without what is said of them', () => {
  const page = [
    'Say `transship cancel prod`, not `DTR`; `transship list` shows it; `docker volume inspect` runs by itself.',
    '```sh',
    'transship list    # what runs',
    '# nothing',
    'temporal workflow cancel \\',
    '  --workflow-id registry-prod',
    '```',
    '```text',
    '  $ transship traps 2.9.16        what goes wrong',
    'transship is not typed here',
    '```',
  ].join('\n');
  expect(commandsIn('x.md', page).map(({ line, text, mention }) => [line, text, mention])).toEqual([
    [1, 'transship cancel prod', false],
    [1, 'transship list', true],
    [3, 'transship list', false],
    [5, 'temporal workflow cancel --workflow-id registry-prod', false],
    [9, 'transship traps 2.9.16', false],
  ]);
});
