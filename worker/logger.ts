// Logs of the worker: JSON lines on stderr, for the SDK, the activities and the workflows alike. Every line passes the
// redactor as a whole, so that no attribute of anybody can carry a secret out.

import type { Logger, LogMetadata } from '@temporalio/common';
import { pino } from 'pino';
import type { Redactor } from './inventory/redactor.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `write` gets whole lines; default: stderr, at once, so that nothing is lost when the worker dies. */
export function createLogger(
  level: LogLevel,
  redactor: Redactor,
  write: (line: string) => void = (line) => process.stderr.write(line),
): Logger {
  const log = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    },
    { write: (line) => write(redactor.redactLine(line)) },
  );
  const at = (name: LogLevel) => (message: string, meta?: LogMetadata) => log[name](jsonSafe(meta), message);
  return {
    log: (name, message, meta) => at(name.toLowerCase() as LogLevel)(message, meta),
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
}

/** The SDK adds a bigint time stamp under a symbol, and bigints elsewhere, which JSON does not know. */
function jsonSafe(meta: LogMetadata = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(meta).map(([key, value]) => [key, typeof value === 'bigint' ? String(value) : value]),
  );
}
