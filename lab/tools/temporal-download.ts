// The download that Temporal's SDKs use for their dev server, where the machine can reach it: seconds instead of the
// minutes of a build. Anything that goes wrong means "not from there", never a failed lab.

import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pinnedTemporalVersion } from './go-tools.ts';
import type { Progress } from '../progress.ts';
import { runLines } from '../run-lines.ts';

const ANSWER_TIMEOUT_MS = 3000;
const DOWNLOAD_TIMEOUT_MS = 120_000;
const ARCHITECTURES: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

/** Path of the program in `dir`, or undefined where the server does not answer within three seconds. */
export async function downloadTemporal(dir: string, progress: Progress): Promise<string | undefined> {
  const version = await pinnedTemporalVersion();
  const arch = ARCHITECTURES[process.arch];
  if (arch === undefined) return undefined;
  await mkdir(dir, { recursive: true });
  const unfinished = await mkdtemp(join(dir, 'download-'));
  try {
    const question = `https://temporal.download/cli/${version}?arch=${arch}&platform=linux&format=json`;
    const answer = await fetch(question, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    if (!answer.ok) return undefined;
    const { archiveUrl, fileToExtract } = (await answer.json()) as {
      archiveUrl: string;
      fileToExtract: string;
    };
    progress.say(`Downloading temporal ${version}`);
    const archive = await fetch(archiveUrl, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
    if (!archive.ok || archive.body === null) return undefined;
    const file = join(unfinished, 'archive.tar.gz');
    await pipeline(Readable.fromWeb(archive.body), createWriteStream(file));
    await runLines('tar', ['-xzf', file, '-C', unfinished, fileToExtract]);
    await runLines(join(unfinished, fileToExtract), ['--version']);
    await rename(join(unfinished, fileToExtract), join(dir, 'temporal'));
    return join(dir, 'temporal');
  } catch {
    return undefined;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
