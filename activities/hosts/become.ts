// Commands as another user than the one who logs in: Docker's volumes are root's, and root often may not log in. What the
// host says when that user may not is told apart from what the command says.

import type { HostEntry } from '../../contracts/inventory.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { lastLines } from './last-lines.ts';

/**
 * What sudo says before any command, in the language that we ask for, and what to do about it. It is the first line, because
 * a command that has begun may say the same.
 */
const REFUSALS: [RegExp, (user: string) => string][] = [
  [
    /^sudo: (?:a password is required|a terminal is required to read the password)/,
    (user) => `it asks for a password: allow ${user} all commands with NOPASSWD`,
  ],
  [/^sudo: .*you must have a tty/, (user) => `it wants a terminal: set !requiretty for ${user}`],
  [
    /^(?:\S+ is not in the sudoers file|Sorry, user \S+ (?:is not allowed to execute|may not run sudo))/,
    (user) => `it does not let ${user} run commands: allow all of them with NOPASSWD`,
  ],
];
/** What sudo says of a host that does not know its own name, and goes on. */
const WARNINGS = /^(?:sudo: unable to resolve host .*\n)+/;
/** sudo's own, and that of env without the program. */
const STATUSES = [1, 126, 127];
const MESSAGE_CHARACTERS = 300;

type Become = Pick<HostEntry, 'become' | 'user'>;

/** The words that run `argv` as the entry wants it. */
export const becoming = ({ become }: Become, argv: string[]): string[] =>
  become === undefined ? argv : ['env', 'LC_ALL=C', ...become.split(' '), '--', ...argv];

/** `AccessDenied` if the command was not begun because its user could not become the other one. */
export function refusedToBecome(
  host: string,
  { become, user }: Become,
  status: number,
  stderr: string,
): TransshipError | undefined {
  if (become === undefined || !STATUSES.includes(status)) return undefined;
  const [first = ''] = stderr.replace(WARNINGS, '').split('\n', 1);
  const says = stderr.startsWith(`env: '${become.split(' ', 1)[0]}'`)
    ? 'it cannot be run'
    : REFUSALS.find(([said]) => said.test(first))?.[1](user);
  if (says === undefined) return undefined;
  const end = lastLines(stderr, MESSAGE_CHARACTERS);
  return new TransshipError('AccessDenied', `host ${host}: \`${become}\` ran nothing: ${says} (${end})`, {
    host,
    status,
  });
}
