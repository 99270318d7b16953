// The order in which every storage lists: by the bytes of the whole key in UTF-8. JavaScript's own comparison goes by
// UTF-16 units, which puts emoji before some Chinese characters.

/** From here on the order of UTF-16 units is not that of UTF-8: surrogates stand for what comes after all others. */
const FIRST_SURROGATE = 0xd800;
const BEHIND_SURROGATES = 0xe000;
const SURROGATES = BEHIND_SURROGATES - FIRST_SURROGATE;

export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit < FIRST_SURROGATE) return unit;
  return unit < BEHIND_SURROGATES ? unit + 0x10000 : unit - SURROGATES;
}
