// The conformance suite on fake-gcs-server.

import { open } from './kinds/gcs.ts';
import { conformance } from './suite.ts';

conformance('gcs', open, ['writeInParts', 'copyFrom'], 34_600_000);
