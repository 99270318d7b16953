// How the lab says what it does: one line for each step, and a bar for the long ones. Everything goes to standard
// error, because standard output may be read by a program. Where that is no terminal a bar is a few plain lines.

const BAR_WIDTH = 24;
const REDRAW_INTERVAL_MS = 100;
const PLAIN_LINE_INTERVAL_MS = 5000;

export type Progress = {
  /** A line that stays. */
  say(line: string): void;
  /** The state of a long step; `done === total` ends its bar. `unit` says what is counted. */
  bar(title: string, done: number, total: number, unit?: string): void;
};

export const silent: Progress = { say: () => {}, bar: () => {} };

/** For whoever wants to know afterwards how far it came, and when. */
export function recorded(): { progress: Progress; lines: readonly string[] } {
  const lines: string[] = [];
  const progress = {
    ...silent,
    say: (line: string) => void lines.push(`${new Date().toISOString()} ${line}`),
  };
  return { progress, lines };
}

export function terminalProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  let open = false;
  let shownAt = 0;
  const interval = stream.isTTY ? REDRAW_INTERVAL_MS : PLAIN_LINE_INTERVAL_MS;
  const closeBar = (): void => {
    if (open && stream.isTTY) stream.write('\n');
    open = false;
  };
  return {
    say(line) {
      closeBar();
      stream.write(`${line}\n`);
    },
    bar(title, done, total, unit = '') {
      const ended = done >= total;
      const now = Date.now();
      if (!ended && now - shownAt < interval) return;
      shownAt = now;
      const share = total === 0 ? 1 : Math.min(1, done / total);
      const counted = `${done}/${total}${unit === '' ? '' : ` ${unit}`}`;
      if (stream.isTTY) {
        const full = Math.round(share * BAR_WIDTH);
        const drawn = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
        stream.write(`\r\u001B[K${title}  ${drawn} ${Math.floor(share * 100)} %  ${counted}`);
        open = true;
        if (ended) closeBar();
      } else {
        stream.write(`${title}: ${counted}\n`);
      }
    },
  };
}
