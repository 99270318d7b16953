// The outside of the command line, kept in memory.

import type { Io } from '../../client/cli/io.ts';

export type RecordedIo = Io & { stdout(): string; stderr(): string; interrupt(): void };

export function recordedIo(
  options: Partial<Pick<Io, 'isTerminal' | 'env'>> & { width?: number; answer?: string } = {},
): RecordedIo {
  let stdout = '';
  let stderr = '';
  let listener: (() => void) | undefined;
  return {
    out: (text) => void (stdout += text),
    err: (text) => void (stderr += text),
    isTerminal: options.isTerminal ?? false,
    columns: () => options.width ?? 80,
    env: options.env ?? {},
    async ask(question) {
      stderr += question;
      return options.answer ?? null;
    },
    onInterrupt(one) {
      listener = one;
      return () => (listener = undefined);
    },
    stdout: () => stdout,
    stderr: () => stderr,
    interrupt: () => listener?.(),
  };
}
