// The conformance suite on versitygw.

import { open } from './kinds/s3.ts';
import { conformance } from './suite.ts';

conformance('s3', open, ['writeInParts', 'copyFrom'], 17_800_000);
