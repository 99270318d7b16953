import { expect, it } from 'vitest';
import { isLocked } from './debian-packages.ts';

it.each([
  'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 812 (apt-get)\nE: Unable to lock directory /var/lib/apt/lists/',
  'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 900 (unattended-upgr)',
  'E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?',
  'dpkg: error: dpkg frontend lock is locked by another process',
])('waits for another apt: %s', (said) => {
  expect(isLocked(said)).toBe(true);
});

it('does not wait for what will not pass', () => {
  expect(isLocked('E: Unable to locate package docker-registry')).toBe(false);
  expect(isLocked("E: Failed to fetch http://x/y  Could not resolve 'x'")).toBe(false);
});
