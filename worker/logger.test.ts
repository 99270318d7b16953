import { expect, test } from 'vitest';
import { createRedactor } from './inventory/redactor.ts';
import { createLogger } from './logger.ts';

function logLines(level: 'info' | 'debug', secret?: string) {
  const lines: string[] = [];
  const redactor = createRedactor();
  if (secret) redactor.remember(secret);
  return { lines, logger: createLogger(level, redactor, (line) => lines.push(line)) };
}

test('a line is one JSON object with level, message and attributes', () => {
  const { lines, logger } = logLines('info');
  logger.log('INFO', 'worker is ready', { namespace: 'default', at: 5n });
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    msg: 'worker is ready',
    namespace: 'default',
    at: '5',
  });
});

test('lines below the level are left out', () => {
  const { lines, logger } = logLines('info');
  logger.debug('chatter');
  logger.warn('odd');
  expect(lines).toHaveLength(1);
});

test('a secret shows nowhere in a line, also not with an escape, in an error or its stack', () => {
  const secret = 'pass"word\\with-escapes';
  const { lines, logger } = logLines('debug', secret);
  logger.error(`failed with ${secret}`, { header: { value: secret }, error: new Error(secret) });
  expect(lines[0]).not.toContain('with-escapes');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'failed with [secret]' });
});
