// What every renderer does to a string before it escapes it. Names and messages come from registries, storages and
// people, so they may hold line breaks, the control codes of a terminal, and marks that turn the direction of the text around.

/** White space that would break a line, or widen it. Not the thin spaces that group the digits of a number. */
const WHITE_SPACE = /[\t\n\v\f\r \u0085\u2028\u2029]+/g;
/** Characters that show something else than what stands there. */
const DECEPTIVE = /[\p{Cc}\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/** The text in one line, and with nothing that is not seen. */
export const oneLine = (text: string): string =>
  text.replaceAll(WHITE_SPACE, ' ').replaceAll(DECEPTIVE, '\ufffd').toWellFormed();

/** `2026-03-01 20:00:20 UTC` of an ISO time. */
export const clock = (at: string): string => at.replace('T', ' ').replace(/\.\d+/, '').replace(/Z$/, ' UTC');
