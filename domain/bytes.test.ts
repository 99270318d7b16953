import { expect, it } from 'vitest';
import { parseByteRate } from './bytes.ts';

it.each([
  ['50MiB/s', 50 * 1024 ** 2],
  ['1.5 GB/s', 1.5 * 1000 ** 3],
  ['64KiB/s', 64 * 1024],
  ['64kB/s', 64_000],
  ['1B/s', 1],
])('%s is a rate', (text, bytes) => {
  expect(parseByteRate(text)).toBe(bytes);
});

it.each(['', '50', '50MiB', '50Mbit/s', '0MiB/s', '-1MiB/s', '50 mib/s', '1e3MiB/s', '50MiB/h'])(
  '"%s" is none',
  (text) => {
    expect(parseByteRate(text)).toBeUndefined();
  },
);
