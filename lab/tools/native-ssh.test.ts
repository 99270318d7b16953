// The native part of ssh2 is there for the Node that runs this: without it copies over SSH take longer, and nothing else
// would say so.

import { createRequire } from 'node:module';
import { expect, it } from 'vitest';

const require = createRequire(import.meta.url);

it('loads in this Node (else: sh lab/tools/native-ssh.sh)', () => {
  const { bindingAvailable } = require('ssh2/lib/protocol/crypto.js') as { bindingAvailable: boolean };
  expect(bindingAvailable).toBe(true);
});
