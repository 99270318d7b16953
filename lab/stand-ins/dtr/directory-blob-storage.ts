// Blobs in a folder, as Distribution's `filesystem` driver lays them out.

import { constants } from 'node:fs';
import { access, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { BLOBS, LINKS, hexOf } from './blob-layout.ts';
import type { BlobStorage } from './blob-layout.ts';

export function directoryStorage(root: string): BlobStorage {
  return {
    section: { filesystem: { rootdirectory: root } },
    probe: () => access(root, constants.R_OK | constants.W_OK),
    async *list() {
      for (const prefix of await readdir(join(root, BLOBS)).catch(() => [])) {
        for (const hex of await readdir(join(root, BLOBS, prefix))) {
          const data = await stat(join(root, BLOBS, prefix, hex, 'data')).catch(() => undefined);
          if (data !== undefined) yield { digest: `sha256:${hex}`, modifiedMs: data.mtimeMs };
        }
      }
    },
    named: {
      async move(from, to) {
        await mkdir(dirname(join(root, to)), { recursive: true });
        await rename(join(root, from), join(root, to));
      },
      read: (key) => readFile(join(root, key)).catch(() => undefined),
    },
    files: {
      async write(key, bytes) {
        await mkdir(dirname(join(root, key)), { recursive: true });
        await writeFile(join(root, key), bytes);
      },
      read: (key) => readFile(join(root, key)).catch(() => undefined),
      async list(folder) {
        const found = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(
          () => [],
        );
        return found
          .filter((entry) => entry.isFile())
          .map((entry) => relative(root, join(entry.parentPath, entry.name)));
      },
    },
    async remove(digests) {
      for (const hex of digests.map(hexOf)) {
        await rm(join(root, BLOBS, hex.slice(0, 2), hex), { recursive: true, force: true });
        await rm(join(root, LINKS, hex), { recursive: true, force: true });
      }
    },
  };
}
