// Runs a program to its end and measures it: wall clock and the peak of its resident memory.

import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

const MEMORY_INTERVAL_MS = 50;
const KEPT_CHARACTERS = 2000;

export type Timed = { seconds: number; peakMiB: number };

export type Program = { command: string; args: string[]; env?: Record<string, string>; cwd?: string };

/** Rejects with the end of what it said unless it ends with one of `statuses`. Its output goes nowhere. */
export async function runTimed(program: Program, statuses: number[] = [0]): Promise<Timed> {
  const startedAt = performance.now();
  const child = spawn(program.command, program.args, {
    cwd: program.cwd,
    // An S3 client that is told of a bundle of CAs wants it also where it speaks plain HTTP.
    env: { ...process.env, AWS_CA_BUNDLE: undefined, ...program.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-KEPT_CHARACTERS);
    });
  }
  let peakMiB = 0;
  const look = async (): Promise<void> => {
    peakMiB = Math.max(await peakOf(child.pid ?? 0), peakMiB);
  };
  const watch = setInterval(() => void look(), MEMORY_INTERVAL_MS);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearInterval(watch);
  const seconds = (performance.now() - startedAt) / 1000;
  if (status === null || !statuses.includes(status))
    throw new Error(`${program.command} ${program.args.join(' ')} ended with ${status}:\n${said}`);
  return { seconds, peakMiB };
}

async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}

/** Runs the sides in turn, so that whatever else the machine does meets all of them; the shortest time of each. */
export async function fastest<Side extends string>(
  repeats: number,
  sides: Record<Side, () => Promise<Timed>>,
): Promise<Record<Side, Timed>> {
  const best: Partial<Record<Side, Timed>> = {};
  for (let round = 0; round < repeats; round += 1) {
    for (const side of Object.keys(sides) as Side[]) {
      const timed = await sides[side]();
      const before = best[side];
      best[side] = {
        seconds: Math.min(timed.seconds, before?.seconds ?? Infinity),
        peakMiB: Math.max(timed.peakMiB, before?.peakMiB ?? 0),
      };
    }
  }
  return best as Record<Side, Timed>;
}
