// The law of no silent damage, on the kind swift.

import { faultyConformance } from '../faulty.ts';
import { open } from '../kinds/swift.ts';
import { HTTP_FAULTS, httpProxy, SKIPPING } from './http-faults.ts';

faultyConformance('swift', open, HTTP_FAULTS, httpProxy, { skipping: SKIPPING });
