// Text that others have written, such as a key of a storage, for a terminal: nothing in it moves the cursor, changes a
// title, turns the direction of writing or begins a new line.

/** Controls of both sets, separators of lines, marks of direction, and halves of characters. */
const UNPRINTABLE =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** One line, whatever it was. */
export const printable = (text: string): string => text.replaceAll(UNPRINTABLE, escaped);

/** With its own lines, e.g. of a message. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

/** The same value for whoever parses it. */
export const printableJson = (value: unknown): string => printable(JSON.stringify(value));
