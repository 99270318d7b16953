// The conformance suite on the stand-in DTR.

import { openDtr } from './products/dtr.ts';
import { conformance } from './suite.ts';

conformance('dtr', openDtr, { offers: ['rebuild'], has: ['members', 'schedules'] });
