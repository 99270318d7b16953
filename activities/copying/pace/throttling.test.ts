import { expect, it } from 'vitest';
import { TransshipError } from '../../../domain/transship-error.ts';
import { UnreadableObjectError } from '../../storage/errors.ts';
import { isThrottled } from './throttling.ts';

const made = (fields: object): Error => Object.assign(new Error('no'), fields);

it.each([
  ['AWS', made({ name: 'SlowDown', $metadata: { httpStatusCode: 503 } })],
  ['AWS without a status', made({ name: 'ThrottlingException' })],
  ['Azure', made({ code: 'ServerBusy', statusCode: 503 })],
  ['Google', made({ code: 429 })],
  ['our own failure', new TransshipError('StorageUnavailable', 'no', { status: 503 })],
  [
    'a cause',
    new UnreadableObjectError('k', new TransshipError('StorageUnavailable', 'no', { httpStatus: 429 })),
  ],
])('knows the throttling of %s', (_name, error) => {
  expect(isThrottled(error)).toBe(true);
});

it.each([
  made({ code: 'ECONNRESET' }),
  made({ $metadata: { httpStatusCode: 500 } }),
  made({ code: 404 }),
  new TransshipError('AccessDenied', 'no', { status: 403 }),
  'SlowDown',
  undefined,
])('takes %s for none', (error) => {
  expect(isThrottled(error)).toBe(false);
});
