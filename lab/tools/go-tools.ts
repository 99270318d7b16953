// Builds the Go programs of lab/tools once into the cache. The cache folder is named by a hash of go.mod and go.sum,
// which pin every line of their source, so that a change there builds anew and nothing else does.

import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDir } from '../cache-dir.ts';
import { programOnPath } from './find-program.ts';
import type { Progress } from '../progress.ts';
import { runLines } from '../run-lines.ts';

const MODULE_DIR = import.meta.dirname;
const HASH_LENGTH = 12;
const LIST_BUFFER_BYTES = 16 * 1024 * 1024;

const PACKAGES = {
  temporal: 'github.com/temporalio/cli/cmd/temporal',
  versitygw: 'github.com/versity/versitygw/cmd/versitygw',
} as const;

export type GoTool = keyof typeof PACKAGES;
export const GO_TOOLS = Object.keys(PACKAGES) as GoTool[];

/** Folder of the built programs; each lies there under its name or not at all. */
export async function goToolsDir(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(await readFile(join(MODULE_DIR, file)));
  return join(cacheDir(), 'tools', hash.digest('hex').slice(0, HASH_LENGTH));
}

/** Version of `temporal` in go.mod, e.g. `v1.8.2`. */
export async function pinnedTemporalVersion(): Promise<string> {
  const text = await readFile(join(MODULE_DIR, 'go.mod'), 'utf8');
  const version = /^\s*github\.com\/temporalio\/cli (v\S+)/m.exec(text)?.[1];
  if (version === undefined)
    throw new Error('lab/tools/go.mod names no version of github.com/temporalio/cli');
  return version;
}

/** Of every build: no C compiler, nothing of this checkout or of the user's settings. */
export const GO_BUILD_ENVIRONMENT = { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false', GOWORK: 'off' };

/** Says how to get Go where it is missing. */
export async function requireGo(wanted: string[]): Promise<void> {
  if ((await programOnPath('go')) !== undefined) return;
  throw new Error(
    `${wanted.join(' and ')} ${wanted.length === 1 ? 'is' : 'are'} missing and built with Go, which is missing too: ` +
      'install Go 1.21 or later (https://go.dev/dl, or `apt-get install -y golang/bookworm-backports`).',
  );
}

export async function buildGoTools(tools: GoTool[], progress: Progress): Promise<void> {
  const dir = await goToolsDir();
  const packages = tools.map((tool) => PACKAGES[tool]);
  const env = {
    ...process.env,
    ...GO_BUILD_ENVIRONMENT,
    GOFLAGS: `-mod=readonly ${GO_BUILD_ENVIRONMENT.GOFLAGS}`,
  };
  progress.say(
    `Building ${tools.join(' and ')} with Go, once for this machine (2 to 6 minutes when all is new)`,
  );
  const { stdout } = await promisify(execFile)('go', ['list', '-deps', ...packages], {
    cwd: MODULE_DIR,
    env,
    maxBuffer: LIST_BUFFER_BYTES,
  });
  const total = stdout.trim().split('\n').length;
  await mkdir(dir, { recursive: true });
  const unfinished = await mkdtemp(join(dir, 'build-'));
  try {
    let compiled = 0;
    await runLines(
      'go',
      ['build', '-v', '-trimpath', '-ldflags', '-s -w', '-o', `${unfinished}/`, ...packages],
      {
        cwd: MODULE_DIR,
        env,
        onLine: (line) => {
          // `go build -v` names each package that it compiles; those in Go's own cache it leaves out.
          if (!line.includes(' '))
            progress.bar('Building', Math.min(++compiled, total - 1), total, 'packages');
        },
      },
    );
    progress.bar('Building', total, total, 'packages');
    for (const tool of tools) await rename(join(unfinished, tool), join(dir, tool));
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
