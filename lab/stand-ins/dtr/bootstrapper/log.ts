// The bootstrapper's log in logrus' form.

import type { Writable } from 'node:stream';

export type Log = {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  fatal(message: string): void;
};

/** `INFO[0003] message`, the number being the seconds since the start. */
export function openLog(stderr: Writable): Log {
  const started = Date.now();
  const write =
    (level: string) =>
    (message: string): void => {
      const seconds = String(Math.floor((Date.now() - started) / 1000)).padStart(4, '0');
      stderr.write(`${level}[${seconds}] ${message}\n`);
    };
  return { info: write('INFO'), warn: write('WARN'), error: write('ERRO'), fatal: write('FATA') };
}
