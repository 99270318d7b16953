// The law of no silent damage, on the kind swift.

import { faultyConformance } from '../faulty.ts';
import { open } from '../kinds/swift.ts';
import { HTTP_FAULTS, httpProxy, SKIPPING } from './http-faults.ts';

faultyConformance({
  kind: 'swift',
  open,
  largestBytes: 5_400_000,
  faults: HTTP_FAULTS,
  startProxy: httpProxy,
  skipping: [SKIPPING],
  repeating: [],
});
