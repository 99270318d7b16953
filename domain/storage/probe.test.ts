import { expect, it } from 'vitest';
import { lackingRows } from './probe.ts';

const row = (name: string, verdict: 'yes' | 'no' | 'limited') => ({ name, verdict, detail: '' });

it('only what a migration cannot do without is lacking', () => {
  const names = (...rows: ReturnType<typeof row>[]) => lackingRows(rows).map(({ name }) => name);
  expect(
    names(row('ranges', 'yes'), row('conditional writes', 'no'), row('list after write', 'limited')),
  ).toEqual([]);
  expect(names(row('ranges', 'no'), row('clock', 'no'), row('read after write', 'no'))).toEqual([
    'ranges',
    'read after write',
  ]);
});
