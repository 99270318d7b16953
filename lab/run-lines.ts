// Runs a program to its end and hands over its output line by line, so that long steps can show where they are.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const KEPT_LINES = 15;

export type RunLinesOptions = {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Every line of standard output and standard error. */
  onLine?: (line: string) => void;
};

/** Rejects with the end of the output unless the program ends with 0. */
export async function runLines(
  command: string,
  args: string[],
  options: RunLinesOptions = {},
): Promise<void> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      last.push(line);
      if (last.length > KEPT_LINES) last.shift();
      options.onLine?.(line);
    });
  }
  const status = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  if (status !== 0) throw new Error(`${command} ${args[0] ?? ''} ended with ${status}:\n${last.join('\n')}`);
}
