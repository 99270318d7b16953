// The conformance suite on a directory of an SSH host.

import { open } from './kinds/host.ts';
import { conformance } from './suite.ts';

conformance('host', open, ['writeMany', 'writeInParts', 'copyFrom'], 34_600_000);
