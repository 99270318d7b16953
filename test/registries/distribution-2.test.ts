// The conformance suite on Distribution 2.8, as Debian has it.

import { openDistribution } from './products/distribution.ts';
import { conformance } from './suite.ts';

conformance('distribution 2', async () => await openDistribution('debian-2.8'), {
  offers: ['previewCollection'],
  has: [],
});
