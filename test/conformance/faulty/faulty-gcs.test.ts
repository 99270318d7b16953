// The law of no silent damage, on the kind gcs.

import { faultyConformance } from '../faulty.ts';
import { open } from '../kinds/gcs.ts';
import { HTTP_FAULTS, httpProxy, SKIPPING } from './http-faults.ts';

faultyConformance({
  kind: 'gcs',
  open,
  largestBytes: 8_500_000,
  faults: HTTP_FAULTS,
  startProxy: httpProxy,
  skipping: [SKIPPING],
  repeating: [],
});
