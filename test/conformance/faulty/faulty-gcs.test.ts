// The law of no silent damage, on the kind gcs.

import { faultyConformance } from '../faulty.ts';
import { open } from '../kinds/gcs.ts';
import { HTTP_FAULTS, httpProxy, SKIPPING } from './http-faults.ts';

faultyConformance('gcs', open, HTTP_FAULTS, httpProxy, { skipping: SKIPPING });
