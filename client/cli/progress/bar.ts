// One bar of progress: `[████████░░░░░░░░]  50 %`.

const FULL = '█';
const EMPTY = '░';

/** `width` counts the cells between the brackets. It is full only when all is done, and empty when nothing is known. */
export function renderBar(done: number, total: number, width: number): string {
  const share = shareOf(done, total);
  const filled = share === 1 ? width : Math.min(width - 1, Math.floor(share * width));
  return `[${FULL.repeat(filled)}${EMPTY.repeat(width - filled)}] ${formatPercent(done, total).padStart(5)}`;
}

/** Rounded down: `100 %` means all of it. */
export const formatPercent = (done: number, total: number): string =>
  `${Math.floor(shareOf(done, total) * 100)} %`;

const shareOf = (done: number, total: number): number =>
  total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
