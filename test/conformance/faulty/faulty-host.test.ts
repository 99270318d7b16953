// The law of no silent damage, on a host over SSH.

import { startFaultyTcpProxy, TCP_FAULTS, type TcpFault } from '../../../lab/parts/faulty-tcp-proxy.ts';
import { faultyConformance, type DisturbingProxy } from '../faulty.ts';
import { open } from '../kinds/host.ts';

const SEED = 20_260_704;
/** A connection is hit about once within so many bytes. */
const WITHIN_BYTES = 3_000_000;
const MAX_HITS = 6;

async function sshProxy(server: string): Promise<DisturbingProxy<TcpFault>> {
  const proxy = await startFaultyTcpProxy(server, SEED);
  return {
    url: proxy.url,
    log: proxy.log,
    stop: () => proxy.stop(),
    disturb: (fault) => proxy.set(fault && { fault, withinBytes: WITHIN_BYTES, atMost: MAX_HITS }),
  };
}

faultyConformance('host', open, TCP_FAULTS, sshProxy);
