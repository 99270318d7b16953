// The conformance suite on Ceph RGW.

import { open } from './kinds/s3-ceph.ts';
import { conformance } from './suite.ts';

conformance('s3-ceph', open, ['writeInParts', 'copyFrom'], 17_800_000);
