// The conformance suite on the stand-in DTR.

import { openDtr } from './products/dtr.ts';
import { conformance } from './suite.ts';

conformance('dtr', openDtr, ['rebuild']);
