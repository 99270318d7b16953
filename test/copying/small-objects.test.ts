// Small objects go many at a time, where the destination takes that.

import { describe, expect, test } from 'vitest';
import { altered, copyingRig, keyOfBlob } from './copying-rig.ts';

const { storages, storage, put, everything, copyPass, fillRegistry } = copyingRig();

describe('small objects', () => {
  test('arrive one by one where a destination fails to take many, and a damaged one is named', async () => {
    const { copied } = await fillRegistry('filesystem-a');
    const damaged = Buffer.from('a damaged blob');
    await put('filesystem-a', keyOfBlob(damaged), 'other bytes of it');
    const groups: number[] = [];
    const real = storage('filesystem-b');
    storages.set(
      'filesystem-b',
      altered(real, {
        copyFrom: undefined,
        writeMany: (items: unknown[]) => {
          groups.push(items.length);
          return Promise.reject(new Error('too many'));
        },
      }),
    );
    const [result] = await copyPass({ pass: 1, source: 'filesystem-a', destination: 'filesystem-b' });
    expect(result).toMatchObject({ copiedObjects: copied.length, damaged: 1 });
    expect(groups.length).toBeGreaterThan(0);
    const there = await everything('filesystem-b');
    expect(Object.keys(there).sort()).toEqual([...copied].sort());
  });
});
