// Standard input of a command over SSH. ssh2 closes a channel as soon as both directions have ended, which is often
// before the exit status has come and loses it. So the end of the input is told to the command without ending the
// channel, which the server closes after the status.

import { Writable } from 'node:stream';
import type { ClientChannel } from 'ssh2';

/** The command ended, or its connection broke, before it had read its input. Its status says what happened. */
export class CommandEndedError extends Error {}

/** Destroying it before its end closes the channel: the command sees the end of its input and then nobody. */
export function commandInput(channel: ClientChannel & { eof?: () => void }): Writable {
  const stdin = new Writable({
    write: (chunk: Buffer, _encoding, done) => void channel.write(chunk, done),
    final(done) {
      channel.eof?.();
      done();
    },
    destroy(error, done) {
      if (!stdin.writableFinished) channel.destroy();
      done(error);
    },
  });
  // Whoever writes waits for the end of the command too, where the same is told.
  stdin.on('error', () => undefined);
  channel.once('close', () => {
    if (!stdin.writableFinished) stdin.destroy(new CommandEndedError('the command ended before its input'));
  });
  return stdin;
}
