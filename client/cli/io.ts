// The outside of the command line: results go to stdout, progress and failures to stderr. Commands use nothing else of
// the process, so that a test can run them in its own.

import { createInterface } from 'node:readline/promises';
import { visibleJson } from '../../domain/text/plain-text.ts';

export type Io = {
  out(text: string): void;
  err(text: string): void;
  /** Is stderr a terminal that can be redrawn? */
  isTerminal: boolean;
  columns(): number;
  env: NodeJS.ProcessEnv;
  /** What a person at the terminal answers; null: nobody sits there. */
  ask(question: string): Promise<string | null>;
  /** Calls `listener` at Ctrl-C instead of ending the process, until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
};

const DEFAULT_COLUMNS = 80;

export function processIo(): Io {
  // Whoever read stdout has seen enough, as with `| head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY && process.env['TERM'] !== 'dumb',
    columns: () => process.stderr.columns || DEFAULT_COLUMNS,
    env: process.env,
    async ask(question) {
      if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await lines.question(question);
      } finally {
        lines.close();
      }
    },
    onInterrupt(listener) {
      process.once('SIGINT', listener);
      return () => process.off('SIGINT', listener);
    },
  };
}

export const printJson = (io: Io, value: unknown): void => io.out(`${visibleJson(value)}\n`);
