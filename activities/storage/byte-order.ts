// The order in which every storage lists: by the bytes of the whole key in UTF-8. JavaScript's own comparison goes by
// UTF-16 units, which puts emoji before some Chinese characters.

export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
