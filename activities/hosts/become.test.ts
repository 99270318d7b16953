// Only what sudo says itself, before any command, is a refusal.

import { expect, test } from 'vitest';
import { refusedToBecome } from './become.ts';

const refusal = (stderr: string): string | undefined =>
  refusedToBecome('node-1', { become: 'sudo -n', user: 'ops' }, 1, stderr)?.message;

test.each([
  ['sudo: a password is required\n', 'allow ops all commands with NOPASSWD'],
  [
    'sudo: a terminal is required to read the password; either use the -S option\nsudo: a password is required\n',
    'it asks for a password',
  ],
  [
    'sudo: unable to resolve host node-1: Name or service not known\nsudo: a password is required\n',
    'a password',
  ],
  ['sudo: sorry, you must have a tty to run sudo\n', '!requiretty'],
  ['ops is not in the sudoers file.\n', 'does not let ops'],
  ['ops is not in the sudoers file.  This incident will be reported.\n', 'does not let ops'],
  ["Sorry, user ops is not allowed to execute '/bin/sh' as root on node-1.\n", 'does not let ops'],
  ['Sorry, user ops may not run sudo on node-1.\n', 'does not let ops'],
  ["env: 'sudo': No such file or directory\n", 'cannot be run'],
])('%j is one', (stderr, says) => {
  expect(refusal(stderr)).toContain(says);
});

test.each([
  'error: a password is required\n',
  'tar: x: ops is not in the sudoers file\n',
  'docker: the plugin is not allowed to execute\n',
  'working\nsudo: a password is required\n',
  'login failed\nSorry, user ops may not run sudo on node-1.\n',
  'you must have a tty\n',
  '',
])('%j is what a command says', (stderr) => {
  expect(refusal(stderr)).toBeUndefined();
});
