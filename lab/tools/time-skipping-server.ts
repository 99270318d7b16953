// Fetches Temporal's time-skipping test server, a Java program, from Maven Central once into the cache; its version is
// pinned by tools/time-skipping/pom.xml, whose hash names the folder. Only tests of long timers ask for it, so that
// the lab and the demo never need Java.

import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheDir } from '../cache-dir.ts';
import type { Progress } from '../progress.ts';
import { runLines } from '../run-lines.ts';

const POM = join(import.meta.dirname, 'time-skipping', 'pom.xml');
const HASH_LENGTH = 12;
const DEBIAN_PACKAGE = { java: 'default-jre-headless', mvn: 'maven' } as const;

/**
 * The program that the SDK starts as `<path> <port>` and ends by its pid, hence `exec`. The two options make Java
 * answer well within the 5 s that the SDK waits.
 */
const WRAPPER = `#!/bin/sh
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$(dirname "$0")/*" io.temporal.testserver.TestServer "$@"
`;

/** Path of the program, for `existing-path` of `TestWorkflowEnvironment.createTimeSkipping`. */
export async function ensureTimeSkippingServer(progress: Progress): Promise<string> {
  const hash = createHash('sha256').update(await readFile(POM));
  const dir = join(cacheDir(), 'time-skipping', hash.digest('hex').slice(0, HASH_LENGTH));
  const program = join(dir, 'server');
  const fetched = await exists(program);
  await ensureDebianPackages(fetched ? ['java'] : ['java', 'mvn'], progress);
  if (!fetched) await fetchServer(dir, progress);
  return program;
}

/** The folder appears whole or not at all. */
async function fetchServer(dir: string, progress: Progress): Promise<void> {
  progress.say("Fetching Temporal's time-skipping test server with Maven, once for this machine");
  await mkdir(dirname(dir), { recursive: true });
  const unfinished = await mkdtemp(join(dirname(dir), 'fetch-'));
  try {
    await runLines('mvn', [
      '--batch-mode',
      '--quiet',
      '--file',
      POM,
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${unfinished}`,
    ]);
    await writeFile(join(unfinished, 'server'), WRAPPER, { mode: 0o755 });
    await rename(unfinished, dir);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function ensureDebianPackages(
  programs: (keyof typeof DEBIAN_PACKAGE)[],
  progress: Progress,
): Promise<void> {
  const missing = programs.filter((program) => spawnSync(program, ['-version']).error !== undefined);
  if (missing.length === 0) return;
  const packages = missing.map((program) => DEBIAN_PACKAGE[program]);
  const install = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (userInfo().uid !== 0)
    throw new Error(
      `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing: install with \`sudo ${install}\`.`,
    );
  progress.say(`Installing Debian packages: ${packages.join(', ')}`);
  const [program, ...args] = install.split(' ') as [string, ...string[]];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await runLines(program, args, { env })
    // A fresh machine may know no packages yet.
    .catch(async () => {
      await runLines('apt-get', ['update', '-q'], { env });
      await runLines(program, args, { env });
    })
    .catch((error: unknown) => {
      throw new Error(
        `${missing.join(' and ')} could not be installed: try \`apt-get update && ${install}\`.`,
        { cause: error },
      );
    });
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
