// The conformance suite on Distribution 3.

import { openDistribution } from './products/distribution.ts';
import { conformance } from './suite.ts';

conformance('distribution 3', async () => await openDistribution('v3'), {
  offers: ['previewCollection'],
  has: [],
});
