// How tests run: in forked processes, because Temporal's native core does not survive several worker threads, and as many
// files at a time as keep two cores busy, which the real servers share with them.
//
//   unit      beside the code and in test/: needs no server and no set-up; `npm run test:unit`
//   estate    whole labs, and histories that were recorded in them: two at a time
//   servers   test/<room>: against real servers, each of which is started once and shared. Such a file waits for its servers
//             for half of its time, so that three run at a time

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
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { name: 'estate', include: ESTATE, globalSetup: ['lab/test-setup.ts'] },
      },
    ],
  },
});
