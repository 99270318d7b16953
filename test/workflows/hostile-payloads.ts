// Payloads that nobody should send: bytes of any kind under any encoding, and JSON that looks like what is wanted and is
// not. The same seed gives the same ones.

import type { Payload } from '@temporalio/common';

export type Random = {
  below(most: number): number;
  of<T>(choices: readonly T[]): T;
  bytes(length: number): Uint8Array;
};

/** Mulberry32. */
export function seeded(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (most: number): number => Math.floor(next() * most);
  return {
    below,
    of: (choices) => choices[below(choices.length)]!,
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
  };
}

const ENCODINGS = [
  'json/plain',
  'json/protobuf',
  'binary/plain',
  'binary/null',
  'binary/protobuf',
  'binary/encrypted',
  'x/y',
  '',
  '__proto__',
];

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What stands where a text is wanted. */
const ODD_TEXTS = [
  '""',
  '" \\t"',
  '"plan"',
  '"window"',
  '"final"',
  '"sha256:plan"',
  '"\\u202e\\u0000\\u001b[2J"',
  '"\\ud800"',
  `"${'x'.repeat(5000)}"`,
  'null',
  '5',
  '-1e999',
  'true',
  '[]',
  '["plan"]',
  '{}',
  '{"toString":1}',
  '{"length":9,"slice":null}',
  '{"__proto__":{"toString":null}}',
];
const FIELDS = [
  'question',
  'planDigest',
  'by',
  'comment',
  'decision',
  'step',
  'pass',
  'progress',
  '__proto__',
  'constructor',
];

function hostileJson(random: Random): string {
  const shape = random.below(10);
  if (shape === 0) return random.of(ODD_TEXTS);
  if (shape === 1) return `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  if (shape === 2) return random.of(['this { is not', '{"by":', '', '\uFEFF{}', 'NaN', '[1,]']);
  const fields = Array.from({ length: random.below(6) }, () => {
    const field = random.of(FIELDS);
    const text =
      field === 'decision' ? random.of(['"approve"', '"reject"', '"maybe"', '{}']) : random.of(ODD_TEXTS);
    return `"${field}":${text}`;
  });
  return `{${fields.join(',')}}`;
}

/** The arguments of one message: none, one or several. */
export function hostilePayloads(random: Random): Payload[] {
  const count = random.of([0, 1, 1, 1, 1, 1, 1, 2, 3]);
  return Array.from({ length: count }, (): Payload => {
    if (random.below(3) > 0)
      return { metadata: { encoding: encode('json/plain') }, data: encode(hostileJson(random)) };
    const metadata = random.below(8) === 0 ? {} : { encoding: encode(random.of(ENCODINGS)) };
    return { metadata, data: random.bytes(random.below(64)) };
  });
}
