// The law of no silent damage, on the kind azure.

import { faultyConformance } from '../faulty.ts';
import { open } from '../kinds/azure.ts';
import { HTTP_FAULTS, httpProxy, SKIPPING } from './http-faults.ts';

faultyConformance({
  kind: 'azure',
  open,
  largestBytes: 8_500_000,
  faults: HTTP_FAULTS,
  startProxy: httpProxy,
  skipping: [SKIPPING],
  repeating: [],
});
