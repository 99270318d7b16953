// The conformance suite on Azurite.

import { open } from './kinds/azure.ts';
import { conformance } from './suite.ts';

conformance('azure', open, ['writeInParts', 'copyFrom'], 34_600_000);
