// What is done to every string before people see it: a line of a report, of the Temporal UI, of a terminal. Names and
// messages come from registries, storages and people, so they may hold line breaks, the control codes of a terminal,
// marks that turn the direction of the text around, and characters that nobody sees.

/** White space that would break a line, or widen it. Not the thin spaces that group the digits of a number. */
const WHITE_SPACE = /[\t\n\v\f\r \u0085\u2028\u2029]+/g;
/**
 * Characters that show something else than what stands there: controls, formats such as those of direction, what is
 * left out by those who draw text, and the blank of Braille. Not the two that choose between a sign and its picture.
 */
const DECEPTIVE = /[[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]--[\uFE0E\uFE0F]]/gv;
/** Also what breaks a line, and halves of characters. */
const NOT_ITSELF =
  /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]--[\uFE0E\uFE0F]]/gv;
const CUT = '…';

const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, unit) => String.raw`\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`,
  ).join('');

/** The text in one line, and with nothing that is not seen. */
export const oneLine = (text: string): string =>
  text.replaceAll(WHITE_SPACE, ' ').replaceAll(DECEPTIVE, '\uFFFD').toWellFormed();

/** As `oneLine`, for a line that is laid out by its spaces. */
export const laidOut = (line: string): string =>
  line
    .split(/( +)/)
    .map((part, index) => (index % 2 === 1 ? part : oneLine(part)))
    .join('');

/** JSON in which nothing is hidden either; it says the same. */
export const visibleJson = (value: unknown): string => JSON.stringify(value).replaceAll(DECEPTIVE, escaped);

/** In one line, with what is not seen spelled out: of a name that must be told from others, such as a key of a storage. */
export const spelledOut = (text: string): string => text.replaceAll(NOT_ITSELF, escaped);

/** As `oneLine` for each line; those after the first are indented, so that none passes for a line of ours. */
export const plainLines = (text: string): string =>
  text
    .split('\n')
    .map((line, index) => (index === 0 ? oneLine(line) : `  ${oneLine(line).trimStart()}`))
    .join('\n');

/** At most so many characters, of which none is half; what was cut ends with `…`. */
export function shortened(text: string, mostCharacters: number): string {
  // A character is one or two units, so that what lies behind is never needed.
  const characters = Array.from(text.slice(0, 2 * mostCharacters + 2));
  return characters.length <= mostCharacters ? text : characters.slice(0, mostCharacters - 1).join('') + CUT;
}

/** `2026-03-01 20:00:20 UTC` of an ISO time. */
export const clock = (at: string): string => at.replace('T', ' ').replace(/\.\d+/, '').replace(/Z$/, ' UTC');
