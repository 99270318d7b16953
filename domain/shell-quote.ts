// The only place where a word is quoted for a shell, so that the shell hands on exactly the word that was given.

/** For a POSIX shell, whatever the word holds but NUL. */
export const shellQuote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
