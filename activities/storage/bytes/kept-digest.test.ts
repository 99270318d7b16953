import { expect, it } from 'vitest';
import { believedDigest, keptDigest, sealWith } from './kept-digest.ts';

const seal = sealWith('the account key');
const kept = keptDigest('aa', 'md5=bb', seal);

it('a digest is believed while the checksum is that of the bytes', () => {
  expect(believedDigest(kept, [undefined, 'md5=bb'], seal)).toBe('aa');
  expect(believedDigest(kept, ['md5=cc'], seal)).toBeUndefined();
  expect(believedDigest(undefined, ['md5=bb'], seal)).toBeUndefined();
});

it('and only when it was written by somebody who knows the secret', () => {
  const forged = { transshipsha256: 'ff', transshipboundto: 'md5=bb' };
  expect(believedDigest(forged, ['md5=bb'], seal)).toBeUndefined();
  expect(believedDigest({ ...forged, transshipseal: '' }, ['md5=bb'], seal)).toBeUndefined();
  expect(believedDigest({ ...kept, transshipsha256: 'ff' }, ['md5=bb'], seal)).toBeUndefined();
  expect(believedDigest({ ...kept, transshipboundto: 'md5=cc' }, ['md5=cc'], seal)).toBeUndefined();
  expect(believedDigest(kept, ['md5=bb'], sealWith('another key'))).toBeUndefined();
  expect(believedDigest(keptDigest('aa', 'md5=bb', sealWith('x')), ['md5=bb'], seal)).toBeUndefined();
});

it('without a secret none is kept and none is believed', () => {
  expect(keptDigest('aa', 'md5=bb', undefined)).toEqual({});
  expect(believedDigest(kept, ['md5=bb'], undefined)).toBeUndefined();
});
