// The picture in a terminal is drawn over itself and leaves the terminal as it was.

import { describe, expect, test } from 'vitest';
import { recordedIo } from '../../../test/client/recorded-io.ts';
import { createTerminal } from './terminal.ts';

describe('the terminal', () => {
  test('goes back over what it drew, breaks lines at the width, and gives the cursor back', () => {
    const io = recordedIo({ width: 11 });
    const terminal = createTerminal(io);
    terminal.draw(['one', 'too long for it', 'unbreakable-word']);
    terminal.draw(['two']);
    terminal.end();
    expect(io.stderr()).toBe(
      [
        '\u001B[?25l\r\u001B[0Jone\ntoo long\n     for\n     it\nunbreakabl\n     e-wor\n     d\n',
        '\u001B[7A\r\u001B[0Jtwo\n',
        '\u001B[?25h',
      ].join(''),
    );
  });
});
