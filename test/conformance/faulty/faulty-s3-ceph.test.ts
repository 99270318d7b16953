// The law of no silent damage, on the kind s3-ceph.

import { faultyConformance } from '../faulty.ts';
import { open } from '../kinds/s3-ceph.ts';
import { HTTP_FAULTS, httpProxy, SKIPPING } from './http-faults.ts';

faultyConformance({
  kind: 's3-ceph',
  open,
  largestBytes: 0,
  faults: HTTP_FAULTS,
  startProxy: httpProxy,
  skipping: [SKIPPING],
  repeating: [],
});
