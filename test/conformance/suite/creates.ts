// What is written only where there is nothing. Servers that cannot say so do not pretend; those that say so may let in two
// who come at the same moment, and so what must be exclusive is read back.

import { expect, test } from 'vitest';
import { inProcessMeter } from '../../../activities/concurrency/in-process-meter.ts';
import { PATIENCE } from '../../../activities/concurrency/patience.ts';
import { fileOf } from '../../../activities/journal/keys.ts';
import { createRecord, readRecord } from '../../../activities/journal/record.ts';
import type { Subject } from './subject.ts';

const AT_ONCE = 8;

export function creates({ storage, put, content, keys }: Subject): void {
  test('of many at once only those who made it hear so, and it stays as one of them made it', async () => {
    const bodies = Array.from({ length: AT_ONCE }, (_, n) => `body ${n}`);
    const made = await Promise.all(bodies.map((body) => storage().create('new/one', Buffer.from(body))));
    // All of a server that does not know how, and then nothing was written.
    const knows = !made.includes(undefined);
    expect(knows ? made.includes(true) : made.every((one) => one === undefined)).toBe(true);
    expect(await keys()).toEqual(knows ? ['new/one'] : []);
    const winners = bodies.filter((_, n) => made[n] === true);
    expect(winners.length).toBeLessThanOrEqual(storage().letsInTwo === true ? AT_ONCE : 1);
    const held = knows ? [await content('new/one')] : [];
    expect(winners).toEqual(expect.arrayContaining(held));
    expect(await storage().create('new/one', Buffer.from('late'))).toBe(knows ? false : undefined);
    await storage().remove(['new/one']);
    expect(await storage().create('new/one', Buffer.from('again'))).toBe(knows ? true : undefined);
  });

  test('of many who claim at once one has it, whatever the server promises', async () => {
    const meter = inProcessMeter(new AbortController().signal, PATIENCE);
    const file = fileOf('claim', { destination: 'new', turn: 1 });
    const claims = Array.from({ length: AT_ONCE }, (_, n) => ({ nonce: `claim ${n}` }));
    const taken = await Promise.all(claims.map((claim) => createRecord(storage(), file, claim, meter)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await readRecord(storage(), file)).toEqual(claims[taken.indexOf(true)]);
  });

  test('nothing over an object that was written', async () => {
    await put('there', 'as it was');
    expect(await storage().create('there', Buffer.from('new'))).not.toBe(true);
    expect(await content('there')).toBe('as it was');
  });
}
