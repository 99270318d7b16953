// The law of no silent damage, on the kind s3.

import { faultyConformance } from '../faulty.ts';
import { open } from '../kinds/s3.ts';
import { HTTP_FAULTS, httpProxy, REPEATING_PAGES, SKIPPING } from './http-faults.ts';

faultyConformance({
  kind: 's3',
  open,
  largestBytes: 0,
  faults: HTTP_FAULTS,
  startProxy: httpProxy,
  skipping: [SKIPPING],
  repeating: [{ fault: REPEATING_PAGES, objects: 1100 }],
});
