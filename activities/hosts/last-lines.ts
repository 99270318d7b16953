// The end of what a command printed, for messages. It is cut at the ends of lines only: secrets are taken out of texts
// later, as a whole, and half of one would not be known for what it is.

/** Whole lines from the end of the text, of so many characters at most; none if the last line alone is longer. */
export function lastLines(text: string, characters: number): string {
  const trimmed = text.trim();
  if (trimmed.length <= characters) return trimmed;
  return withoutPartialLine(trimmed.slice(-characters));
}

/** Of a text whose beginning is missing. */
export function withoutPartialLine(end: string): string {
  const cut = end.indexOf('\n');
  return cut < 0 ? '(a long line, left out)' : end.slice(cut + 1);
}
