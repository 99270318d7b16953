// The law of no silent damage, on the kind s3-swift.

import { faultyConformance } from '../faulty.ts';
import { open } from '../kinds/s3-swift.ts';
import { HTTP_FAULTS, httpProxy, SKIPPING } from './http-faults.ts';

faultyConformance({
  kind: 's3-swift',
  open,
  largestBytes: 0,
  faults: HTTP_FAULTS,
  startProxy: httpProxy,
  skipping: [SKIPPING],
  repeating: [],
});
