// Redraws a few lines at the bottom of a terminal. It breaks long lines itself, because a line that the terminal breaks
// would make the next picture start in the wrong place.

import type { Io } from '../io.ts';

const ESC = '\u001B[';
const HIDE_CURSOR = `${ESC}?25l`;
const SHOW_CURSOR = `${ESC}?25h`;
const CLEAR_BELOW = `${ESC}0J`;
const INDENT_CELLS = 9;

export type Terminal = {
  draw(lines: string[]): void;
  /** Leaves the last picture and gives the cursor back. */
  end(): void;
};

export function createTerminal(io: Pick<Io, 'err' | 'columns'>): Terminal {
  let drawn = 0;
  let begun = false;
  return {
    draw(lines) {
      const width = io.columns() - 1;
      const up = drawn > 0 ? `${ESC}${drawn}A` : '';
      const broken = lines.flatMap((line) => breakLine(line, width));
      const text = broken.map((line) => `${line}\n`).join('');
      io.err(`${begun ? '' : HIDE_CURSOR}${up}\r${CLEAR_BELOW}${text}`);
      begun = true;
      drawn = broken.length;
    },
    end() {
      if (begun) io.err(SHOW_CURSOR);
      begun = false;
      drawn = 0;
    },
  };
}

/** At the last space that fits, else within the word; what follows is indented as the values of a status are. */
function breakLine(line: string, width: number): string[] {
  const indent = ' '.repeat(Math.min(INDENT_CELLS, Math.floor(width / 2)));
  const parts: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const end = space > indent.length ? space : width;
    parts.push(rest.slice(0, end));
    rest = indent + rest.slice(end).trimStart();
  }
  return [...parts, rest];
}
