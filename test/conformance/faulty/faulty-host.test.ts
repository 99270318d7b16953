// The law of no silent damage, on a host over SSH.

import { startFaultyTcpProxy, TCP_FAULTS, type TcpFault } from '../../../lab/faults/faulty-tcp-proxy.ts';
import { faultyConformance, type DisturbingProxy } from '../faulty.ts';
import { open } from '../kinds/host.ts';

const SEED = 20_260_704;
const FIRST_WITHIN_BYTES = 4000;
const WITHIN_BYTES = 3_000_000;
const MAX_HITS = 6;

async function sshProxy(server: string): Promise<DisturbingProxy<TcpFault>> {
  const proxy = await startFaultyTcpProxy(server, SEED);
  return {
    url: proxy.url,
    log: proxy.log,
    stop: () => proxy.stop(),
    disturb: (fault) =>
      proxy.set(
        fault && { fault, firstWithinBytes: FIRST_WITHIN_BYTES, withinBytes: WITHIN_BYTES, atMost: MAX_HITS },
      ),
  };
}

faultyConformance({
  kind: 'host',
  open,
  largestBytes: 9_000_000,
  faults: TCP_FAULTS,
  startProxy: sshProxy,
  skipping: [],
  repeating: [],
});
