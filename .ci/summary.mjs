// The end of .ci/run: where the time went, and how many tests passed.

import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const SLOWEST = 15;
const [countsFile, timesFile, failed] = process.argv.slice(2);
const NOTHING = { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, testResults: [] };
const { numPassedTests, numFailedTests, numPendingTests, testResults } = countsIn(countsFile) ?? NOTHING;

/** Undefined when the run of tests was ended before it had written them. */
function countsIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

const inSeconds = (ms) => `${(ms / 1000).toFixed(1)} s`.padStart(9);

console.log(`\nThe ${SLOWEST} slowest of ${testResults.length} test files`);
const files = testResults
  .map(({ name, startTime, endTime }) => ({ name: relative(process.cwd(), name), ms: endTime - startTime }))
  .sort((a, b) => b.ms - a.ms);
for (const { name, ms } of files.slice(0, SLOWEST)) console.log(`${inSeconds(ms)}  ${name}`);

console.log('\nParts, and their budgets');
for (const line of readFileSync(timesFile, 'utf8').trimEnd().split('\n')) {
  const [title, seconds, budget] = line.split('\t');
  const over = Number(seconds) > Number(budget) ? '  over its budget' : '';
  console.log(`${inSeconds(seconds * 1000)} of ${inSeconds(budget * 1000).trim()}  ${title}${over}`);
}

// A part that failed without a failed test counts as one.
const lost = numFailedTests === 0 && failed === '1' ? 1 : numFailedTests;
console.log(`\n${numPassedTests} passed, ${lost} failed, ${numPendingTests} skipped`);
