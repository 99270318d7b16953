// A user who never stops: pushes a new small image under a new tag again and again, writes down what the registry
// acknowledged and what it refused, and tries what was refused again until it is accepted. What stands under
// `acknowledged` must be in the registry for ever: that is what a migration is measured by.

import { setTimeout as sleep } from 'node:timers/promises';
import { makeImage } from './images.ts';
import { textLayer } from './layers.ts';
import { pushImage } from './push-image.ts';
import { RegistryAnswerError, type RegistryClient } from './registry-client.ts';

const DEFAULT_INTERVAL_MS = 500;
const LAYER_BYTES = 4096;

export type AcknowledgedPush = { repository: string; tag: string; digest: string; at: string };
export type RefusedPush = {
  repository: string;
  tag: string;
  at: string;
  /** HTTP status; null where no answer came, e.g. a closed connection. */
  status: number | null;
  message: string;
};
export type PushLog = { acknowledged: AcknowledgedPush[]; refused: RefusedPush[] };

export type Pusher = {
  /** As far as it is; it goes on growing. */
  readonly log: Readonly<PushLog>;
  /** Ends after the push in hand; returns all of the log. A tag that was refused and not accepted since is not tried again. */
  stop(): Promise<PushLog>;
};

/** `prefix` makes the tags unique where several pushers use one repository. */
export function startPusher(
  client: RegistryClient,
  options: { repositories: string[]; prefix?: string; intervalMs?: number },
): Pusher {
  const { repositories, prefix = 'push', intervalMs = DEFAULT_INTERVAL_MS } = options;
  const log: PushLog = { acknowledged: [], refused: [] };
  const stopping = new AbortController();

  const push = async (repository: string, tag: string): Promise<boolean> => {
    try {
      const image = makeImage('docker', `${repository}:${tag}`, [
        await textLayer(`${repository}-${tag}`, LAYER_BYTES),
      ]);
      await pushImage(client, repository, tag, image);
      log.acknowledged.push({ repository, tag, digest: image.digest, at: new Date().toISOString() });
      return true;
    } catch (error) {
      const status = error instanceof RegistryAnswerError ? error.status : null;
      const message = error instanceof Error ? error.message : String(error);
      log.refused.push({ repository, tag, at: new Date().toISOString(), status, message });
      return false;
    }
  };

  const run = async (): Promise<void> => {
    for (let number = 1; !stopping.signal.aborted; number++) {
      const repository = repositories[number % repositories.length] as string;
      const tag = `${prefix}-${String(number).padStart(5, '0')}`;
      while (!stopping.signal.aborted) {
        const accepted = await push(repository, tag);
        await sleep(intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined);
        if (accepted) break;
      }
    }
  };
  const running = run();

  return {
    log,
    async stop() {
      stopping.abort();
      await running;
      return log;
    },
  };
}
