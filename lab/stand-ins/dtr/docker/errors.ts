// How docker's commands fail, and on which host they are.

import type { StandInConfig } from '../cluster.ts';

export type DockerHost = { config: StandInConfig; dtrDir: string; node: string };

export class DockerError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}
