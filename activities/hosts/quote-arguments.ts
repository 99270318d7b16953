// The only place where words become a shell's command line. Every word is quoted, whatever it holds, so that the
// remote shell hands on exactly the words that were given.

/** One line for a POSIX shell. Throws for a NUL, which no argument can hold. */
export function quoteArguments(argv: string[]): string {
  if (argv.length === 0) throw new Error('a command needs at least its name');
  return argv.map(quoteArgument).join(' ');
}

function quoteArgument(word: string): string {
  if (word.includes('\0')) throw new Error('an argument cannot hold a NUL');
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
