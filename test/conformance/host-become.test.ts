// The conformance suite on a directory of an SSH host whose commands run by sudo, without what differs in bytes alone.

import { openAs } from './kinds/host.ts';
import { conformance } from './suite.ts';

conformance('host', openAs('sudo -n'), ['writeMany', 'writeInParts', 'copyFrom'], 0, [
  'reads',
  'removes',
  'creates',
  'access',
]);
