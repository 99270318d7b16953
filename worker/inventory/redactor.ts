// Takes known secrets out of any text: the last fence before a log line or a failure leaves the worker. It knows a
// secret from the moment it was resolved, in the spellings in which texts show it.

/** Shorter ones would turn ordinary words into noise and be no secret either. */
const SHORTEST_SECRET = 4;
/** Lines of a private key that are long enough to be given away on their own. */
const SHORTEST_LINE = 16;
/** Of the parts of a base64 text; shorter ones stand in other texts by chance. */
const SHORTEST_ENCODED = 8;
/** Fields of key files in JSON. */
const SECRET_FIELDS = new Set(['private_key', 'private_key_id', 'client_secret', 'refresh_token']);
/**
 * Values are names and keys that a workflow goes on with, beside texts. A shorter secret, such as an access key that is
 * an ordinary word, stands in many of them, and a name without it would be another name.
 */
const SHORTEST_IN_VALUES = 8;
const REPLACEMENT = '[secret]';

export type Redactor = {
  remember(secret: string): void;
  redact(text: string): string;
  /** A copy with every string in it redacted, whatever it is nested in. */
  redactValue(value: unknown): unknown;
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
    redact: (text) => without(byLength, text),
    redactValue(value) {
      const secrets = byLength.filter((secret) => secret.length >= SHORTEST_IN_VALUES);
      return mapStrings(value, (text) => without(secrets, text));
    },
  };
}

function spellings(secret: string): string[] {
  return partsOf(secret)
    .flatMap((text) => [
      text,
      JSON.stringify(text).slice(1, -1),
      encodeURIComponent(text),
      ...base64Forms(text).flatMap((form) => [form, toUrlAlphabet(form)]),
    ])
    .filter((text) => text.length >= SHORTEST_SECRET);
}

/** The secret, and whatever of it is given away on its own: a private key's lines, also of a key within a JSON file. */
function partsOf(secret: string): string[] {
  const fields = secretFieldsOf(secret);
  if (fields !== undefined) return [secret, ...fields.flatMap(partsOf)];
  if (!secret.includes('\n')) return [secret];
  const lines = secret
    .split('\n')
    .filter((line) => line.length >= SHORTEST_LINE && !line.startsWith('-----'));
  return [secret, ...lines];
}

/** Of a key file such as a Google service account's; its other fields are names and addresses. */
function secretFieldsOf(text: string): string[] | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    return Object.entries(JSON.parse(text) as Record<string, unknown>)
      .filter(([name, value]) => SECRET_FIELDS.has(name) && typeof value === 'string')
      .map(([, value]) => value as string);
  } catch {
    return undefined;
  }
}

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

const without = (secrets: string[], text: string): string =>
  secrets.reduce((result, secret) => result.replaceAll(secret, REPLACEMENT), text);

/** Plain data alone: what is of a class of its own, such as bytes, is returned as it is. */
function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [change(name), mapStrings(item, change)]),
  );
}
