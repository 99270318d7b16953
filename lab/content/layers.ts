// Blobs made from a seed: the same seed gives the same bytes and so the same digests, without a network. Small layers
// hold files that compress well, large ones random bytes, as compiled programs and archives nearly are.

import { createCipheriv, createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

const WORDS =
  'registry layer manifest digest replica volume bucket window backup restore cargo harbour vessel quay crane'.split(
    ' ',
  );
const WORDS_PER_LINE = 11;
const BYTES_PER_WORD = 2;
/** What docker build put into images for steps without files: gzip of an empty tar, byte for byte. */
const EMPTY_LAYER = Buffer.from('H4sIAAAJbogA/2IYBaNgFIxYAAgAAP//Lq+17wAEAAA=', 'base64');

export type Blob = {
  /** `sha256:…` */
  digest: string;
  size: number;
  /** The same bytes every time; a large blob is made anew, so that nobody holds all of them. */
  bytes: () => Promise<Buffer>;
};

export type Layer = Blob & {
  /** Digest of the layer uncompressed, for the image's configuration. */
  diffId: string;
};

export const sha256 = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export const blobOf = (bytes: Buffer): Blob => ({
  digest: sha256(bytes),
  size: bytes.length,
  bytes: () => Promise.resolve(bytes),
});

export const emptyLayer = (): Layer => ({ ...blobOf(EMPTY_LAYER), diffId: sha256(Buffer.alloc(1024)) });

/** A few text files of together about `size` bytes, compressed. */
export async function textLayer(seed: string, size: number): Promise<Layer> {
  const random = randomBytes(seed, Math.ceil(size / 4));
  const words = Array.from({ length: random.length / BYTES_PER_WORD }, (_, at) => {
    const value = random.readUInt16LE(at * BYTES_PER_WORD);
    const word = `${WORDS[value % WORDS.length]}${value >> 8}`;
    return at % WORDS_PER_LINE === WORDS_PER_LINE - 1 ? `${word}\n` : `${word} `;
  });
  const text = Buffer.from(words.join(''));
  const half = text.length >> 1;
  const tar = await tarOf({
    [`opt/${seed}/data.txt`]: text.subarray(0, half),
    [`etc/${seed}.conf`]: text.subarray(half),
  });
  return { ...blobOf(gzipSync(tar)), diffId: sha256(tar) };
}

/** One file of `size` random bytes, stored in gzip's frame uncompressed, because compressing it would gain nothing. */
export async function randomLayer(seed: string, size: number): Promise<Layer> {
  const make = (): Promise<Buffer> => tarOf({ [`opt/${seed}.bin`]: randomBytes(seed, size) });
  const tar = await make();
  const compressed = gzipSync(tar, { level: 0 });
  return {
    digest: sha256(compressed),
    size: compressed.length,
    diffId: sha256(tar),
    bytes: async () => gzipSync(await make(), { level: 0 }),
  };
}

async function tarOf(files: Record<string, Buffer>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) {
    archive.entry({ name, mtime: new Date(0), mode: 0o644, uid: 0, gid: 0 }, content);
  }
  archive.finalize();
  return await buffer(archive);
}

/** AES in counter mode over zeros: as good as random, and the same for the same seed. */
function randomBytes(seed: string, size: number): Buffer {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}
