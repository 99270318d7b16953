// The workflow bundle, built once for each state of the sources and kept in a cache, so that a worker that was killed
// is back at once. The cache's key covers everything that goes into the bundle: workflows, domain, contracts and the SDK.
// `node worker/bundle.ts FOLDER` builds it ahead, for an image.

import { createHash, randomUUID } from 'node:crypto';
import { access, glob, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Logger } from '@temporalio/common';
import { bundleWorkflowCode } from '@temporalio/worker';
import { defaultCacheDir } from './cache-dir.ts';

const ROOT = path.join(import.meta.dirname, '..');
const WORKFLOWS_PATH = path.join(ROOT, 'workflows', 'index.ts');
/** How workflows read what they are sent; part of the bundle, so that no worker can be without it. */
const PAYLOAD_CONVERTER_PATH = path.join(ROOT, 'workflows', 'payload-converter.ts');
const BUNDLED_FOLDERS = ['workflows', 'domain', 'contracts'];

/** Path of a bundle of exactly these sources. Two workers that start at once may both build it; the last rename wins. */
export async function prepareBundle(cacheDir: string, logger?: Logger): Promise<string> {
  const file = path.join(cacheDir, `workflows-${await contentKey()}.js`);
  if (await exists(file)) return file;
  const { code } = await bundleWorkflowCode({
    workflowsPath: WORKFLOWS_PATH,
    payloadConverterPath: PAYLOAD_CONVERTER_PATH,
    ...(logger && { logger }),
  });
  await mkdir(cacheDir, { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, code);
  await rename(draft, file);
  return file;
}

async function contentKey(): Promise<string> {
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as {
    version: string;
  };
  const hash = createHash('sha256').update(version);
  const files: string[] = [];
  for await (const file of glob(
    BUNDLED_FOLDERS.map((folder) => `${folder}/**/*.ts`),
    { cwd: ROOT },
  ))
    files.push(file);
  for (const file of files.sort()) hash.update(`\0${file}\0`).update(await readFile(path.join(ROOT, file)));
  return hash.digest('hex').slice(0, 16);
}

const exists = async (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

if (import.meta.main) {
  const cacheDir = process.argv[2] ?? defaultCacheDir(process.env);
  process.stdout.write(`${await prepareBundle(cacheDir)}\n`);
}
