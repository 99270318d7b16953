// How texts show a secret: as it is, and as everything that writes texts into other texts has it. JSON, also within JSON and
// with the escapes of Go and PHP, URLs and forms in either case, XML and HTML, shell quotes, `util.inspect`: each writes single
// characters otherwise, so a secret is looked for character by character. Base64 and hex write it as a whole.

/** Longer ones are looked for as they are alone; their lines are parts of their own. */
const LONGEST_PATTERN = 512;
/** Of the parts of a base64 text; shorter ones stand in other texts by chance. */
const SHORTEST_ENCODED = 8;

/** Everything that shows this text, as the source of a regular expression. */
export function spellingsOf(text: string): string[] {
  return [
    ...(text.length > LONGEST_PATTERN
      ? [escaped(text), escaped(JSON.stringify(text).slice(1, -1))]
      : [patternOf(text)]),
    ...base64Forms(text).flatMap((form) => [escaped(form), escaped(toUrlAlphabet(form))]),
    hexOf(text),
  ];
}

const ALPHANUMERIC = /^[A-Za-z0-9]$/;
const ENTITIES: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };
const LETTERS: Record<string, string> = { '\n': 'n', '\r': 'r', '\t': 't', '\b': 'b', '\f': 'f' };

function patternOf(text: string): string {
  const pattern: string[] = [];
  let isAfterBackslash = false;
  // A run of backslashes is one piece: each of them could be any of several, and trying all takes for ever.
  for (const piece of text.match(/\\+|[^\\]/gsu) ?? []) {
    pattern.push(piece.startsWith('\\') ? backslashes(piece.length) : characterOf(piece, isAfterBackslash));
    isAfterBackslash = piece.startsWith('\\');
  }
  return pattern.join('');
}

const backslashes = (count: number): string => String.raw`(?:\\{${count},}|(?:${percent('\\')}){${count}})`;

function characterOf(character: string, isAfterBackslash: boolean): string {
  if (ALPHANUMERIC.test(character)) return `(?:${character}|${percent(character)})`;
  const code = character.codePointAt(0)!;
  const units = [...Array(character.length).keys()].map((at) => character.charCodeAt(at));
  const spellings = [
    escaped(character),
    percent(character),
    units.map((unit) => String.raw`\\+u${anyCase(unit.toString(16).padStart(4, '0'))}`).join(''),
    `&(?:amp;)*#(?:0*${code}|[xX]0*${anyCase(code.toString(16))});`,
    ...(character in ENTITIES ? [`&(?:amp;)*${ENTITIES[character]};`] : []),
    ...(character in LETTERS ? [String.raw`\\+${LETTERS[character]}`] : []),
    ...(character === ' ' ? [String.raw`\+`] : []),
    // Of a shell: the quotes are ended for it.
    ...(character === "'" ? [String.raw`'\\+''`, `'"'"'`] : []),
  ];
  return `${isAfterBackslash ? '' : String.raw`\\*`}(?:${spellings.toReversed().join('|')})`;
}

/** Also where an encoded text was encoded again. */
const percent = (character: string): string =>
  [...Buffer.from(character)]
    .map((byte) => `%(?:25)*${anyCase(byte.toString(16).padStart(2, '0'))}`)
    .join('');

const hexOf = (text: string): string => anyCase(Buffer.from(text).toString('hex'));

const anyCase = (hex: string): string =>
  hex.replaceAll(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);

/**
 * In base64 three bytes become four characters, so a text looks different by where it begins in what was encoded, e.g. after
 * `user:`. The characters that depend on its neighbours are left out.
 */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  const within = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  return [bytes.toString('base64'), ...within.filter((form) => form.length >= SHORTEST_ENCODED)];
}

const toUrlAlphabet = (base64: string): string =>
  base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
