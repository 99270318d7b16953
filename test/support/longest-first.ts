// The order in which test files start: the longest first, so that no core stands idle at the end. Vitest learns durations
// and orders by them; a fresh clone has learned none, so the long ones are named here.

import { BaseSequencer, type TestSpecification } from 'vitest/node';

const LONGEST_FIRST = ['/test/e2e/', '/test/lab/', '/faulty/', '/registry-proof/', '/conformance/', '/test/'];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const found = LONGEST_FIRST.findIndex((part) => moduleId.includes(part));
  return found === -1 ? LONGEST_FIRST.length : found;
}
