// Every command line of the documentation that people are meant to type, as it stands there. What is in the tables of
// test/docs is executed, or names the test that executes it: docs/commands.test.ts finds those that are in neither.

import { readFileSync, globSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..');
const PAGES = ['README.md', 'CONTRIBUTING.md', 'lab/README.md', 'docs/**/*.md'];
/** Decisions tell of their time; in the others names of tests and of what servers are told look like commands. */
const LEFT_OUT = [/^docs\/decisions\//, /^docs\/reference\/(promises|endings|traps|matrix)\.md$/];

/** What people type here begins with one of these, or sets a variable. */
const TYPED =
  /^(?:transship|temporal|npm|npx|docker|node|skopeo|jq|aws|ssh|\.ci\/run|export|command|mkdir|mv|cp|rm|kill|ls|cat|sha256sum|openssl|n=0)(?: |;|$)|^[A-Z]+=/;
/** In a sentence other words are names of programs, or what Transship runs itself. */
const IN_A_SENTENCE = /^(?:(?:transship [a-z]|(?:temporal|npm|cp|mv|kill|cat) [\w$-])\S*.*|\.ci\/run)$/;
const WITHOUT_A_COMMAND = /^npm run transship --$/;

/** `mention`: in a sentence and without operands, as the name of a command. */
export type DocumentedCommand = { page: string; line: number; text: string; mention: boolean };

export const documentedCommands = (): DocumentedCommand[] =>
  globSync(PAGES, { cwd: ROOT })
    .filter((page) => !LEFT_OUT.some((pattern) => pattern.test(page)))
    .sort()
    .flatMap((page) => commandsIn(page, readFileSync(path.join(ROOT, page), 'utf8')));

export function commandsIn(page: string, text: string): DocumentedCommand[] {
  const found: DocumentedCommand[] = [];
  const lines = text.split('\n');
  let fence: string | undefined;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!;
    const [, opened] = /^\s*```(\w*)/.exec(line) ?? [];
    if (opened !== undefined) {
      fence = fence === undefined ? opened : undefined;
      continue;
    }
    const typed = typedIn(line, fence);
    if (typed !== undefined) {
      let whole = typed;
      const begun = at + 1;
      while (whole.endsWith('\\') || isOpen(whole)) {
        at += 1;
        whole = `${whole.replace(/\\$/, '').trimEnd()} ${lines[at]!.trim()}`;
      }
      const command = withoutRemark(whole);
      if (TYPED.test(command)) found.push({ page, line: begun, text: command, mention: false });
    } else if (fence === undefined)
      for (const [, code] of line.matchAll(/`([^`]+)`/g))
        if (IN_A_SENTENCE.test(code!) && !WITHOUT_A_COMMAND.test(code!))
          found.push({ page, line: at + 1, text: code!, mention: isMention(code!) });
  }
  return found;
}

/** A line that is typed: all of `sh`, after the prompt elsewhere; indented by four in pages without fences. */
function typedIn(line: string, fence: string | undefined): string | undefined {
  const [, prompted] = /^\s*\$ (.+)$/.exec(line) ?? [];
  if (fence !== undefined && prompted !== undefined) return prompted;
  if (fence === 'sh') return line.trim() === '' || line.trim().startsWith('#') ? undefined : line.trim();
  if (fence === undefined && /^ {4}\S/.test(line)) return line.trim();
  return undefined;
}

/** A loop over several lines. */
const isOpen = (command: string): boolean => /; do /.test(command) && !/\bdone\b/.test(command);

/** Without what is said behind it: in `sh` after ` # `, in the examples of a help after two spaces. */
const withoutRemark = (command: string): string => command.replace(/ +# .*$| {2,}\S.*$/, '').trim();

const isMention = (code: string): boolean =>
  /^[a-z]+(?: [a-z]+(?:[:-][a-z]+)*)+$/.test(code) && !code.endsWith(' prod');
