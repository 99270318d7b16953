// How hard workers may copy, as an inventory says it.

import { describe, expect, test } from 'vitest';
import { GOOD_INVENTORY } from '../../test/support/inventory-file.ts';
import { checkInventory } from './load.ts';

describe('copying', () => {
  test('rates become bytes per second', () => {
    const checked = checkInventory(`${GOOD_INVENTORY}copying:
  concurrency: { max: 16 }
  bandwidth: 50MiB/s
  timetable:
    - { days: [sat, sun], from: "00:00", to: "00:00", bandwidth: null }
    - { from: "22:00", to: "06:00", bandwidth: 1GB/s }
  timezone: Europe/Berlin
  yieldAtSlowdown: null
`);
    if (!('inventory' in checked)) throw new Error(JSON.stringify(checked.mistakes));
    expect(checked.inventory.copying).toEqual({
      concurrency: { min: 1, max: 16 },
      bandwidth: 50 * 1024 ** 2,
      timetable: [
        { days: ['sat', 'sun'], from: '00:00', to: '00:00', bandwidth: null },
        { days: [], from: '22:00', to: '06:00', bandwidth: 1e9 },
      ],
      timezone: 'Europe/Berlin',
      yieldAtSlowdown: null,
    });
  });

  test('every mistake at once', () => {
    const checked = checkInventory(`${GOOD_INVENTORY}copying:
  concurrency: { min: 65 }
  bandwidth: 50Mbit/s
  timetable:
    - { days: [someday], from: "24:00", to: "6:00" }
  timezone: Mars/Olympus
  yieldAtSlowdown: 1
`);
    if ('inventory' in checked) throw new Error('no mistake was found');
    expect(checked.mistakes.map(({ line, path, problem }) => `${line} ${path}: ${problem}`)).toEqual([
      '42 copying.concurrency.min: must not be greater than max',
      '43 copying.bandwidth: must be a rate such as 50MiB/s, or null for no limit',
      '45 copying.timetable[0].bandwidth: is missing',
      '45 copying.timetable[0].days[0]: must be mon or tue or wed or thu or fri or sat or sun',
      '45 copying.timetable[0].from: must be a time such as "08:30", from "00:00" to "23:59"',
      '45 copying.timetable[0].to: must be a time such as "08:30", from "00:00" to "23:59"',
      '46 copying.timezone: must be the name of a time zone such as Europe/Berlin',
      '47 copying.yieldAtSlowdown: must be greater than 1, or null for never',
    ]);
  });
});
