import { heartbeat } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import type { Environment } from '../activities/environment.ts';
import { FAILURES } from '../contracts/failures.ts';
import { TransshipError } from '../domain/transship-error.ts';
import { createActivities } from './activities.ts';
import { createActivityInterceptors } from './failure-interceptor.ts';
import { createRedactor } from './inventory/redactor.ts';

const { activities, otherSides } = createActivities({ inventory: {} } as Environment);
const SECRET = 'correct-horse-battery';

function environment(activityType: string): MockActivityEnvironment {
  const redactor = createRedactor();
  redactor.remember(SECRET);
  return new MockActivityEnvironment(
    { activityType },
    { interceptors: [createActivityInterceptors(redactor, otherSides)] },
  );
}

async function failureOf(thrown: unknown, activityType = 'copyShard'): Promise<ApplicationFailure> {
  const activity = async (): Promise<never> => {
    throw thrown;
  };
  const [outcome] = await Promise.allSettled([environment(activityType).run(activity)]);
  const failure: unknown = outcome.status === 'rejected' ? outcome.reason : undefined;
  expect(failure).toBeInstanceOf(ApplicationFailure);
  return failure as ApplicationFailure;
}

const withCode = (code: string) => Object.assign(new Error(`connect ${code} 10.0.0.1:443`), { code });

test('every activity says whom it talks to', () => {
  expect(Object.keys(otherSides)).toEqual(Object.keys(activities));
});

describe('an error of an activity', () => {
  test.each([
    ['InvalidInput', true],
    ['HostUnreachable', false],
  ] as const)('%s gets the retry rule of the table', async (type, nonRetryable) => {
    const failure = await failureOf(new TransshipError(type, 'it happened', { key: 'a/b' }));
    expect(failure).toMatchObject({ type, nonRetryable, message: 'it happened', details: [{ key: 'a/b' }] });
    expect(FAILURES[type].retryable).toBe(!nonRetryable);
  });

  test.each([
    ['ECONNREFUSED', 'copyShard', 'StorageUnavailable'],
    ['EPIPE', 'bringUpReplica', 'HostUnreachable'],
    ['ENOTFOUND', 'setReadOnly', 'RegistryUnhealthy'],
  ])('%s in %s is %s and is tried again', async (code, activity, type) => {
    const inCause = new TypeError('fetch failed', { cause: withCode(code) });
    expect(await failureOf(withCode(code), activity)).toMatchObject({ type, nonRetryable: false });
    expect(await failureOf(inCause, activity)).toMatchObject({
      type,
      nonRetryable: false,
      message: `connect ${code} 10.0.0.1:443`,
    });
  });

  test('of each address that was tried counts', async () => {
    const all = new AggregateError([withCode('ECONNREFUSED')], 'all failed');
    expect(await failureOf(all)).toMatchObject({ type: 'StorageUnavailable' });
  });

  test.each([
    [403, 'AccessDenied', true],
    [503, 'StorageUnavailable', false],
  ])('with HTTP status %i of the AWS SDK is %s', async (httpStatusCode, type, nonRetryable) => {
    const error = Object.assign(new Error('refused'), { $metadata: { httpStatusCode } });
    expect(await failureOf(error)).toMatchObject({
      type,
      nonRetryable,
      details: [{ httpStatus: httpStatusCode }],
    });
  });

  test('that nobody knows keeps its name and is tried again', async () => {
    expect(await failureOf(new RangeError('odd'))).toMatchObject({ type: 'RangeError', nonRetryable: false });
  });

  test('that is an ApplicationFailure already stays what it is', async () => {
    const error = ApplicationFailure.create({
      type: 'RegistryTaskFailed',
      nonRetryable: true,
      message: 'm',
      details: [1],
    });
    expect(await failureOf(error)).toMatchObject({
      type: 'RegistryTaskFailed',
      nonRetryable: true,
      details: [1],
    });
  });

  test('shows no secret: not in message, details, causes or stacks', async () => {
    const cause = new Error(`inner ${SECRET}`, { cause: new Error(`innermost ${SECRET}`) });
    const failure = await failureOf(
      new TransshipError('RegistryRefused', `login with ${SECRET}`, { answer: SECRET }, { cause }),
    );
    const innermost = (failure.cause as Error).cause as Error;
    expect(failure.message).toBe('login with [secret]');
    expect(failure.details).toEqual([{ answer: '[secret]' }]);
    expect(innermost.message).toBe('innermost [secret]');
    for (const error of [failure, failure.cause, innermost]) expect(error?.stack).not.toContain(SECRET);
  });
});

test('a long message is cut after it was redacted, so that half a secret is never shown', async () => {
  const failure = await failureOf(new TransshipError('RegistryRefused', 'x'.repeat(3990) + SECRET));
  expect(failure.message).not.toContain(SECRET.slice(0, 5));
  expect(failure.message).toContain('[secret]');
  const { message } = await failureOf(new TransshipError('RegistryRefused', 'x'.repeat(9000)));
  expect(message.length).toBeLessThan(9000);
});

describe('after a cancellation', () => {
  test('the reason is thrown and not what the library threw', async () => {
    const env = environment('copyShard');
    const run = env.run(async () => {
      env.cancel('WORKER_SHUTDOWN');
      throw new Error('aborted');
    });
    await expect(run).rejects.toBeInstanceOf(CancelledFailure);
    await expect(run).rejects.toThrow('WORKER_SHUTDOWN');
  });
});

test('what succeeds is returned as it is', async () => {
  expect(await environment('copyShard').run(async () => 42)).toBe(42);
});

test('results and heartbeats show no secret, wherever it is nested', async () => {
  const env = environment('inspectRegistry');
  const beats: unknown[] = [];
  env.on('heartbeat', (details: unknown) => beats.push(details));
  const result = await env.run(async () => {
    heartbeat({ waitingFor: `login with ${SECRET}` });
    return { replicas: [{ message: `said ${SECRET}`, healthy: false, at: null }] };
  });
  expect(result).toEqual({ replicas: [{ message: 'said [secret]', healthy: false, at: null }] });
  expect(beats).toEqual([{ waitingFor: 'login with [secret]' }]);
});

test('a short secret does not change the names that a result is made of', async () => {
  const redactor = createRedactor();
  redactor.remember('prod');
  expect(redactor.redactValue({ registry: 'prod' })).toEqual({ registry: 'prod' });
  expect(redactor.redact('prod')).toBe('[secret]');
});

test('a result keeps the names that came in with the request, whatever secret is a part of them', async () => {
  const request = { job: `jobs/${SECRET}/01` };
  const result = await environment('snapshotTags').run(
    async ({ job }: typeof request) => ({ key: `${job}/tags-final.ndjson` }),
    request,
  );
  expect(result).toEqual({ key: `jobs/${SECRET}/01/tags-final.ndjson` });
});

test('a secret that is a word of JSON leaves the details of a failure what they are', async () => {
  const redactor = createRedactor();
  redactor.remember('true');
  const failing = new MockActivityEnvironment(
    { activityType: 'copyShard' },
    { interceptors: [createActivityInterceptors(redactor, otherSides)] },
  ).run(async () => {
    throw new TransshipError('RegistryRefused', 'm', { redirected: true, said: 'true' });
  });
  await expect(failing).rejects.toMatchObject({ details: [{ redirected: true, said: '[secret]' }] });
});
