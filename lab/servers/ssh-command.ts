// Runs a command on a host of the lab with the machine's own ssh, as a person would, and with the pinned host keys. The
// lab does not use the product's SSH client, so that it can tell whether that one is wrong.

import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { SshHost } from './ssh-hosts.ts';
import { shellQuote } from '../../domain/shell-quote.ts';

export const knownHostsFile = (dir: string): string => join(dir, 'ssh', 'known_hosts');

export async function writeKnownHosts(dir: string, hosts: SshHost[]): Promise<void> {
  const lines = hosts.map((host) => `[${host.address}]:${host.port} ${host.hostKey}\n`);
  await writeFile(knownHostsFile(dir), lines.join(''));
}

/**
 * Runs `argv`, with the values of `secretEnv` in its environment and in no argument list. Returns standard output;
 * rejects with the end of standard error unless it ends with 0.
 */
export async function runOnHost(
  dir: string,
  host: SshHost,
  argv: string[],
  secretEnv: Record<string, string> = {},
): Promise<string> {
  const names = Object.keys(secretEnv);
  const reads = names.map((name) => `IFS= read -r ${name} && export ${name} && `);
  const command = `${reads.join('')}exec ${argv.map(shellQuote).join(' ')}`;
  const child = spawn(
    'ssh',
    [
      ['-F', '/dev/null', '-i', host.keyFile, '-p', `${host.port}`, '-o', 'BatchMode=yes'],
      ['-o', `UserKnownHostsFile=${knownHostsFile(dir)}`, '-o', 'StrictHostKeyChecking=yes'],
      [`${host.user}@${host.address}`, command],
    ].flat(),
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  // A host that refuses the connection closes the pipe before it has read anything.
  child.stdin.on('error', () => undefined);
  child.stdin.end(names.map((name) => `${secretEnv[name]}\n`).join(''));
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    }),
  ]);
  if (status !== 0) {
    throw new Error(
      `${argv.slice(0, 2).join(' ')} on ${host.name} ended with ${status}:\n${stderr.slice(-2000)}`,
    );
  }
  return stdout;
}
