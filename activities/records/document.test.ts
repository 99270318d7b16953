import { expect, test } from 'vitest';
import { prose } from './document.ts';

test('what stands between backticks is code, and a lone one is a character', () => {
  expect(prose('run `a b` now')).toEqual(['run ', { code: 'a b' }, ' now']);
  expect(prose('a ` b')).toEqual(['a ` b']);
});
