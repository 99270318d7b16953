// Takes known secrets out of any text: the last fence before a log line or a failure leaves the worker. It knows a
// secret from the moment it was resolved, in the spellings in which texts show it.

/** Shorter ones would turn ordinary words into noise and be no secret either. */
const SHORTEST_SECRET = 4;
/** Lines of a private key that are long enough to be given away on their own. */
const SHORTEST_LINE = 16;
const REPLACEMENT = '[secret]';

export type Redactor = {
  remember(secret: string): void;
  redact(text: string): string;
};

export function createRedactor(): Redactor {
  const known = new Set<string>();
  let byLength: string[] = [];
  return {
    remember(secret) {
      const before = known.size;
      for (const spelling of spellings(secret)) known.add(spelling);
      // The longest first, so that no part of a longer secret is left standing beside a shorter one.
      if (known.size > before) byLength = [...known].sort((a, b) => b.length - a.length);
    },
    redact(text) {
      let result = text;
      for (const secret of byLength) result = result.replaceAll(secret, REPLACEMENT);
      return result;
    },
  };
}

function spellings(secret: string): string[] {
  const lines = secret.includes('\n')
    ? secret.split('\n').filter((line) => line.length >= SHORTEST_LINE && !line.startsWith('-----'))
    : [];
  return [secret, ...lines]
    .flatMap((text) => [
      text,
      JSON.stringify(text).slice(1, -1),
      encodeURIComponent(text),
      Buffer.from(text).toString('base64'),
    ])
    .filter((text) => text.length >= SHORTEST_SECRET);
}
