// How tests run: in forked processes, because Temporal's native core does not survive several worker threads, and
// file after file, because the real servers of the lab share two cores.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['lab/test-setup.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', 'bench/**'],
  },
});
