// The law of no silent damage, on the kind azure.

import { faultyConformance } from '../faulty.ts';
import { open } from '../kinds/azure.ts';
import { HTTP_FAULTS, httpProxy, SKIPPING } from './http-faults.ts';

faultyConformance('azure', open, HTTP_FAULTS, httpProxy, { skipping: SKIPPING });
