// The only place where words become the command line of a host's shell. Every word is quoted, whatever it holds.

import { shellQuote } from '../../domain/shell-quote.ts';

/** One line for a POSIX shell. Throws for a NUL, which no argument can hold. */
export function quoteArguments(argv: string[]): string {
  if (argv.length === 0) throw new Error('a command needs at least its name');
  return argv.map(quoteArgument).join(' ');
}

function quoteArgument(word: string): string {
  if (word.includes('\0')) throw new Error('an argument cannot hold a NUL');
  return shellQuote(word);
}
