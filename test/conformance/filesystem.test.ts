// The conformance suite on a directory of the worker.

import { open } from './kinds/filesystem.ts';
import { conformance } from './suite.ts';

conformance('filesystem', open, ['writeMany', 'writeInParts', 'copyFrom'], 34_600_000);
