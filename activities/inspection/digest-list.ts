// The digests of a million blobs and a number for each, in 40 bytes each. They come in order, as a listing gives them, so
// that one is found by halving.

const DIGEST_BYTES = 32;
/** A chunk begins with room for a few, because there is a list for each repository too. */
const FIRST_DIGESTS = 16;
const CHUNK_DIGESTS = 4096;

type Chunk = { digests: Buffer; values: Float64Array };

export class DigestList {
  #chunks: Chunk[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `digest`: 64 hex characters, greater than the one before. */
  add(digest: string, value = 0): void {
    const at = this.#size % CHUNK_DIGESTS;
    if (at === 0) this.#chunks.push(chunkOf(FIRST_DIGESTS));
    else if (at === this.#chunks.at(-1)?.values.length) this.#chunks.push(grown(this.#chunks.pop() as Chunk));
    const { digests, values } = this.#chunks.at(-1) as Chunk;
    const bytes = Buffer.from(digest, 'hex');
    if (this.#size > 0 && this.#compare(this.#size - 1, bytes) >= 0)
      throw new Error(`digests are out of order at ${digest}`);
    bytes.copy(digests, at * DIGEST_BYTES);
    values[at] = value;
    this.#size += 1;
  }

  /** undefined: it is not in the list. */
  find(digest: string): number | undefined {
    const bytes = Buffer.from(digest, 'hex');
    let low = 0;
    let high = this.#size - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = this.#compare(middle, bytes);
      if (order === 0)
        return this.#chunks[Math.floor(middle / CHUNK_DIGESTS)]?.values[middle % CHUNK_DIGESTS];
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  #compare(index: number, digest: Buffer): number {
    const { digests } = this.#chunks[Math.floor(index / CHUNK_DIGESTS)] as Chunk;
    const start = (index % CHUNK_DIGESTS) * DIGEST_BYTES;
    return digests.compare(digest, 0, DIGEST_BYTES, start, start + DIGEST_BYTES);
  }
}

const chunkOf = (digests: number): Chunk => ({
  digests: Buffer.alloc(digests * DIGEST_BYTES),
  values: new Float64Array(digests),
});

function grown({ digests, values }: Chunk): Chunk {
  const chunk = chunkOf(Math.min(CHUNK_DIGESTS, values.length * 4));
  digests.copy(chunk.digests);
  chunk.values.set(values);
  return chunk;
}
