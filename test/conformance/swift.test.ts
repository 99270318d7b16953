// The conformance suite on OpenStack Swift.

import { open } from './kinds/swift.ts';
import { conformance } from './suite.ts';

conformance('swift', open, ['writeInParts', 'copyFrom'], 11_500_000);
