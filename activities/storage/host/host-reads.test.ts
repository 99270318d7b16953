import { expect, it } from 'vitest';
import { onlyVanished } from './host-reads.ts';

const END = 'tar: Exiting with failure status due to previous errors\n';

it.each([
  ['tar: ./a: Cannot stat: No such file or directory'],
  ['tar: ./a: Cannot open: No such file or directory'],
  ['tar: ./a: Cannot stat: Not a directory'],
  ['tar: ./a: File removed before we read it'],
  ['tar: ./a: file changed as we read it'],
])('%s: the object is gone or another', (line) => {
  expect(onlyVanished(`${line}\n${END}`)).toBe(true);
});

it.each([
  ['tar: ./a: Cannot open: Stale file handle'],
  ['tar: ./a: Cannot stat: Stale file handle'],
  ['tar: ./a: Cannot open: Too many open files'],
  ['tar: ./a: Cannot open: Transport endpoint is not connected'],
  ['tar: ./a: Cannot open: Remote I/O error'],
  ['tar: ./a: Cannot open: Permission denied'],
  ['tar: ./a: Read error at byte 0, while reading 512 bytes: Input/output error'],
  ['tar: ./a: File shrank by 5 bytes; padding with zeros'],
  ['tar: something new'],
])('%s: the object was not read', (line) => {
  expect(onlyVanished(`${line}\n${END}`)).toBe(false);
});
