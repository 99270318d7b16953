// A shell in which documented commands are typed as they stand: `transship` is the command line of this checkout. It runs in the test's own process, behind a socket, because a hundred starts of Node would take minutes.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { runCli } from '../../client/cli/run-cli.ts';
import { recordedIo } from '../client/recorded-io.ts';

export type Typed = { code: number | null; said: string };

export type Shell = {
  /** Somebody sits there, who answers `ANSWER` when he is asked. */
  type(command: string): Promise<Typed>;
  /** A command that runs until it is ended: it is, when `ready` was said. */
  typeUntil(command: string, ready: RegExp): Promise<Typed>;
  close(): Promise<void>;
};

/** Perl, which every Debian has, starts in a tenth of the time of Node. */
const CLIENT = `#!/usr/bin/perl
use IO::Socket::UNIX;
my $cli = IO::Socket::UNIX->new($ENV{TRANSSHIP_SOCKET}) or die "no command line: $!";
print $cli join("\\0", @ARGV);
$cli->shutdown(1);
local $/;
my ($code, $stdout, $stderr) = split /\\0/, <$cli>, 3;
print STDERR $stderr;
print STDOUT $stdout;
close STDOUT;
exit $code;
`;

const CLI = join(import.meta.dirname, '../../client/cli/main.ts');

export async function openShell(dir: string, env: Record<string, string>): Promise<Shell> {
  const before = process.cwd();
  const bin = join(dir, 'bin');
  const socket = join(dir, 'cli.sock');
  await mkdir(bin);
  const programs = {
    'transship-here': CLIENT,
    transship: `#!/bin/sh\n[ "$1" = worker ] && exec ${process.execPath} ${CLI} "$@"\nexec transship-here "$@"\n`,
  };
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(bin, name), text);
    await chmod(join(bin, name), 0o755);
  }
  const path = [bin, dirname(process.env['TEMPORAL_CLI_PATH'] ?? ''), process.env['PATH']].join(':');
  const all = { ...process.env, ...env, PATH: path, TRANSSHIP_SOCKET: socket };
  process.chdir(dir);
  const server = createServer({ allowHalfOpen: true }, (socketOf) => {
    void answer(socketOf, all);
  });
  await once(server.listen(socket), 'listening');

  const run = async (command: string, ready?: RegExp): Promise<Typed> => {
    const shell = spawn('bash', ['-o', 'pipefail', '-c', ready === undefined ? command : `exec ${command}`], {
      cwd: dir,
      env: all,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [shell.stdout, shell.stderr])
      stream.on('data', (part: Buffer) => {
        said += part.toString();
        if (ready?.test(said) && !shell.killed) shell.kill('SIGTERM');
      });
    const [code] = (await once(shell, 'close')) as [number | null];
    return { code, said };
  };
  return {
    type: async (command) => await run(command),
    typeUntil: async (command, ready) => await run(command, ready),
    async close() {
      process.chdir(before);
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(asked: Socket, env: NodeJS.ProcessEnv): Promise<void> {
  const words = Buffer.concat((await asked.toArray()) as Buffer[]).toString();
  const io = recordedIo({ env, answer: env['ANSWER']! });
  const code = await runCli(words.split('\0'), io);
  asked.end([code, io.stdout(), io.stderr()].join('\0'));
}
