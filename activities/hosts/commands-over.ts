// A host from the one thing that differs between hosts: how a command is started on it. Short commands, their input and
// what is said of them when they fail are the same everywhere.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TransshipError } from '../../domain/transship-error.ts';
import { CommandEndedError } from './command-input.ts';
import { lastLines } from './last-lines.ts';
import type { RemoteHost } from './remote-host.ts';

/** `run` is for short answers; whatever is longer is streamed. */
const MAX_STDOUT_BYTES = 64 * 1024 * 1024;
const MESSAGE_TAIL_CHARACTERS = 2000;

export function commandsOver({
  name,
  stateDir,
  stream,
  close,
}: Pick<RemoteHost, 'name' | 'stateDir' | 'stream' | 'close'>): RemoteHost {
  const run: RemoteHost['run'] = async (argv, options = {}) => {
    const { input = '', ...rest } = options;
    const command = await stream(argv, rest);
    const source = input instanceof Readable ? input : Readable.from(input.length === 0 ? [] : [input]);
    // A command may end without reading its input; that is no error, its status says what happened.
    const sent = pipeline(source, command.stdin).catch(() => undefined);
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of command.stdout as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > MAX_STDOUT_BYTES)
          throw new TransshipError('CommandFailed', `${argv[0]} on ${name} printed too much to be kept.`, {
            host: name,
            command: argv[0] ?? '',
          });
        chunks.push(chunk);
      }
      const { status, stderr } = await command.done;
      await sent;
      return { status, stdout: Buffer.concat(chunks).toString('utf8'), stderr };
    } catch (error) {
      // A broken input breaks the command; the input's error is the one that explains.
      throw source.errored && !(source.errored instanceof CommandEndedError) ? source.errored : error;
    }
  };

  return {
    name,
    stateDir,
    run,
    stream,
    async check(argv, options) {
      const result = await run(argv, options);
      if (result.status === 0) return result.stdout;
      const end = lastLines(result.stderr.trim() || result.stdout, MESSAGE_TAIL_CHARACTERS);
      throw new TransshipError(
        'CommandFailed',
        `${argv[0]} on host ${name} ended with status ${result.status}: ${end}`,
        { host: name, command: argv[0] ?? '', status: result.status },
      );
    },
    close,
  };
}
