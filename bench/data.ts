// Trees as a registry makes them, with right digests: blobs each in a folder of its own, links of 71 bytes, small
// configurations. Random bytes from a seed, so that nothing compresses and every run has the same.

import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MIB = 1024 ** 2;
const CONFIG_BYTES = 1500;
const SHARE_OF_CONFIGS = 5;
const OBJECTS_PER_REPOSITORY = 5000;
/** ext4 gives a file at most 65,000 names. */
const NAMES_PER_FILE = 60_000;

const root = (dir: string): string => join(dir, 'docker/registry/v2');

function bytesOf(seed: string, size: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

function writeBlob(dir: string, bytes: Buffer): string {
  const digest = createHash('sha256').update(bytes).digest('hex');
  const folder = join(root(dir), 'blobs/sha256', digest.slice(0, 2), digest);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'data'), bytes);
  return digest;
}

const layerFolder = (dir: string, repository: string, digest: string): string =>
  join(root(dir), 'repositories', repository, '_layers/sha256', digest);

/** Blobs of 32 and 96 MiB in turn, together about `mebibytes`. */
export function makeLargeBlobs(dir: string, mebibytes: number): void {
  for (let made = 0, number = 0; made < mebibytes; number += 1) {
    const size = number % 3 === 2 ? 96 : 32;
    writeBlob(dir, bytesOf(`large ${number}`, size * MIB));
    made += size;
  }
}

/** Links, and a configuration of 1,500 bytes for every fifth object. */
export function makeSmallObjects(dir: string, count: number): void {
  for (let number = 0; number < count; number += 1) {
    if (number % SHARE_OF_CONFIGS === 0) {
      writeBlob(dir, bytesOf(`config ${number}`, CONFIG_BYTES));
      continue;
    }
    const digest = createHash('sha256').update(`link ${number}`).digest('hex');
    const folder = layerFolder(dir, `team/app-${Math.floor(number / OBJECTS_PER_REPOSITORY)}`, digest);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'link'), `sha256:${digest}`);
  }
}

/** Two equal trees of links, made of few files with many names: only their listings are looked at. */
export function makeEqualTrees(one: string, other: string, count: number): void {
  let file = '';
  for (let number = 0; number < count; number += 1) {
    const digest = randomBytes(32).toString('hex');
    const folders = [one, other].map((dir) =>
      layerFolder(dir, `team/app-${Math.floor(number / OBJECTS_PER_REPOSITORY)}`, digest),
    );
    for (const folder of folders) mkdirSync(folder, { recursive: true });
    const [here = '', there = ''] = folders.map((folder) => join(folder, 'link'));
    if (number % (NAMES_PER_FILE / 2) === 0) {
      file = here;
      writeFileSync(file, `sha256:${digest}`);
    } else linkSync(file, here);
    linkSync(file, there);
  }
}
