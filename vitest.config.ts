// How tests run: in forked processes, because Temporal's native core does not survive several worker threads, and two
// files at a time, because the real servers share two cores with them: with three it takes as long, and Swift's proxies no
// longer reach their servers in time.
//
//   unit      beside the code and in test/: needs no server and no set-up; `npm run test:unit`
//   servers   test/<room>: against real servers, each of which is started once and shared
//   estate    whole labs, and histories that were recorded in them

import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

const UNITS_WITHOUT_A_FILE_BESIDE_THEM = ['test/house/**/*.test.ts', 'test/journal/*.test.ts'];
const ESTATE = ['test/{e2e,lab,replay}/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{activities,client,contracts,docs,domain,lab,worker,workflows}/**/*.test.ts',
            ...UNITS_WITHOUT_A_FILE_BESIDE_THEM,
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'servers',
          include: ['test/**/*.test.ts'],
          exclude: [...UNITS_WITHOUT_A_FILE_BESIDE_THEM, ...ESTATE],
          globalSetup: ['lab/test-setup.ts'],
        },
      },
      {
        extends: true,
        test: { name: 'estate', include: ESTATE, globalSetup: ['lab/test-setup.ts'] },
      },
    ],
  },
});
