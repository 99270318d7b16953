// Starts the lab's load balancer: a process of its own, because it must outlive the command that starts the lab.

import { connect } from 'node:net';
import { join } from 'node:path';
import { startProcess } from '../process.ts';

export const LOAD_BALANCER_PROCESS = 'load-balancer';

export type LoadBalancerOptions = {
  port: number;
  /** PEM file of the CA of the replicas. */
  ca: string;
  /** A replica is well that answers it with 200, or with 401 where it wants a password. */
  healthPath: string;
  /** `address:port` of every place where a replica may answer. */
  replicas: string[];
};

export async function startLoadBalancer(dir: string, options: LoadBalancerOptions): Promise<void> {
  await startProcess(dir, {
    name: LOAD_BALANCER_PROCESS,
    command: process.execPath,
    args: [
      join(import.meta.dirname, 'load-balancer-main.ts'),
      `127.0.0.1:${options.port}`,
      options.ca,
      options.healthPath,
      ...options.replicas,
    ],
    ready: () => accepts(options.port),
  });
}

async function accepts(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
