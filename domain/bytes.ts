// Sizes for people, in powers of 1024 with the IEC names, and rates as people write them in inventories.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${UNITS[unit]}`;
}

const BYTES_OF_UNIT: Record<string, number> = Object.fromEntries([
  ['B', 1],
  ...['k', 'M', 'G', 'T'].flatMap((letter, index): [string, number][] => [
    [`${letter.toUpperCase()}iB`, 1024 ** (index + 1)],
    [`${letter}B`, 1000 ** (index + 1)],
  ]),
]);

/** Bytes per second of a text such as `50MiB/s` or `1.5 GB/s`; undefined if it is no rate or is zero. */
export function parseByteRate(text: string): number | undefined {
  return text.endsWith('/s') ? parseBytes(text.slice(0, -2)) : undefined;
}

/** Bytes of a text such as `50 GiB`; undefined if it is no size or is zero. */
export function parseBytes(text: string): number | undefined {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(text) ?? [];
  const bytes = Math.round(Number(amount) * (BYTES_OF_UNIT[unit] ?? 0));
  return bytes > 0 ? bytes : undefined;
}
