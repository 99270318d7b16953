// Durations as people write them in inputs and inventories: `90s`, `30m`, `2h`, `1d`, `1h30m`.

const UNIT_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Longer ones are mistakes of people; far beyond, there are no dates, and timers of Temporal end. */
export const MAX_DURATION_MS = 366 * UNIT_MS['d']!;
const MAX_CHARACTERS = 50;

/** Milliseconds; undefined if the text is no duration, is zero, or is longer than a year. */
export function parseDuration(text: string): number | undefined {
  if (text.length > MAX_CHARACTERS) return undefined;
  if (!/^(\d+[smhd])+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)([smhd])/g))
    total += Number(amount) * UNIT_MS[unit as string]!;
  return total > 0 && total <= MAX_DURATION_MS ? total : undefined;
}

/** The other way round, exactly: `1h30m`. */
export function durationText(ms: number): string {
  let left = ms;
  let text = '';
  for (const unit of ['d', 'h', 'm'] as const) {
    const amount = Math.floor(left / UNIT_MS[unit]!);
    left -= amount * UNIT_MS[unit]!;
    if (amount > 0) text += `${amount}${unit}`;
  }
  return left > 0 || text === '' ? `${text}${left / 1000}s` : text;
}

/** Roughly, for people: `1h 30m`, `42s`, `0.8s`. */
export function formatDuration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  return parts
    .filter(([amount]) => amount > 0)
    .slice(0, 2)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(' ');
}
