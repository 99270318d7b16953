// What is written only where there is nothing: of many at once one succeeds. Servers that cannot say so, and do not pretend.

import { expect, test } from 'vitest';
import type { Subject } from './subject.ts';

const AT_ONCE = 8;

export function creates({ storage, put, content, keys }: Subject): void {
  test('one of many at once, and it stays as it is', async () => {
    const bodies = Array.from({ length: AT_ONCE }, (_, n) => `body ${n}`);
    const made = await Promise.all(bodies.map((body) => storage().create('new/one', Buffer.from(body))));
    // All of a server that does not know how, and then nothing was written.
    const knows = !made.includes(undefined);
    expect(made.filter((one) => one === true)).toHaveLength(knows ? 1 : 0);
    expect(new Set(made)).toEqual(new Set(knows ? [true, false] : [undefined]));
    expect(await keys()).toEqual(knows ? ['new/one'] : []);
    const winner = bodies[made.indexOf(true)];
    expect(knows ? await content('new/one') : winner).toBe(winner);
    expect(await storage().create('new/one', Buffer.from('late'))).toBe(knows ? false : undefined);
    await storage().remove(['new/one']);
    expect(await storage().create('new/one', Buffer.from('again'))).toBe(knows ? true : undefined);
  });

  test('nothing over an object that was written', async () => {
    await put('there', 'as it was');
    expect(await storage().create('there', Buffer.from('new'))).not.toBe(true);
    expect(await content('there')).toBe('as it was');
  });
}
