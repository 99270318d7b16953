// Versions of DTR and MSR. All digits of the patch count: 2.6.13 is not 2.6.1 (dtr-msr.md §0.2).

export type Version = readonly [major: number, minor: number, patch: number];

/** From the first up to, and without, the second; null: no version is known that ends it. */
export type Versions = { from: Version; below: Version | null };

/** `2.7.9` → [2, 7, 9]; undefined unless it is three numbers, with any suffix such as `-tp1`. */
export function parseVersion(text: string): Version | undefined {
  const found = /^(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(text);
  return found === null ? undefined : [Number(found[1]), Number(found[2]), Number(found[3])];
}

/** Negative, zero or positive, as a sort wants it. */
export function compareVersions(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

export const isWithin = ({ from, below }: Versions, version: Version): boolean =>
  compareVersions(version, from) >= 0 && (below === null || compareVersions(version, below) < 0);

/** `2.6.4 to below 2.9.0`, for people. */
export const versionsText = ({ from, below }: Versions): string =>
  below === null ? `${from.join('.')} and later` : `${from.join('.')} to below ${below.join('.')}`;
