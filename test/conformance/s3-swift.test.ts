// The conformance suite on Swift's s3api.

import { open } from './kinds/s3-swift.ts';
import { conformance } from './suite.ts';

conformance('s3-swift', open, ['writeInParts', 'copyFrom'], 17_800_000);
