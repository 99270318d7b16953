// Puts the stand-in's `docker` where a lab host's shell finds it.

import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StandInConfig } from './cluster.ts';
import { shellQuote } from '../../../domain/shell-quote.ts';

/** Writes `<hosts>/<node>/bin/docker`; returns the folder for PATH. The wrapper names this Node and this checkout. */
export async function writeDockerCommand(config: StandInConfig, node: string): Promise<string> {
  const folder = join(config.hostsDir, node, 'bin');
  await mkdir(folder, { recursive: true });
  const script = [
    '#!/bin/sh',
    `LAB_NODE=${shellQuote(node)} LAB_DTR_DIR=${shellQuote(join(config.processDir, 'dtr'))} \\`,
    `exec ${shellQuote(process.execPath)} ${shellQuote(fileURLToPath(new URL('docker.ts', import.meta.url)))} "$@"`,
    '',
  ].join('\n');
  const file = join(folder, 'docker');
  await writeFile(`${file}.new`, script);
  await chmod(`${file}.new`, 0o755);
  await rename(`${file}.new`, file);
  return folder;
}
