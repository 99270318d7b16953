// Takes known secrets out of any text: the last fence before a log line or a failure leaves the worker. It knows a
// secret from the moment it was resolved, in the spellings in which texts show it (secret-spellings.ts).

import { spellingsOf } from './secret-spellings.ts';

/** Shorter ones would turn ordinary words into noise and be no secret either. */
const SHORTEST_SECRET = 4;
/** Lines of a private key that are long enough to be given away on their own. */
const SHORTEST_LINE = 16;
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
  /** The strings in it anybody may read, e.g. in the inventory: values keep them, whatever secret is a part of them. */
  allow(value: unknown): void;
  redact(text: string): string;
  /** A text that may be JSON, which it is afterwards as well: only its strings are changed. */
  redactLine(line: string): string;
  /** A copy with every string redacted that may be a text, whatever it is nested in. */
  redactStrings(value: unknown): unknown;
  /**
   * As `redactStrings`, of a value that others work with: what stands in `known`, which they have already, or in a name that
   * anybody may read is no secret to them, and a name without it would be another name.
   */
  redactValue(value: unknown, known?: unknown): unknown;
};

type Known = { text: string; patterns: RegExp[] };

export function createRedactor(): Redactor {
  const known = new Map<string, Known>();
  let byLength: Known[] = [];
  let allowed = '';
  const redact = (text: string): string => without(byLength, text);
  const redactStrings = (value: unknown): unknown => mapStrings(value, redact);
  return {
    remember(secret) {
      const before = known.size;
      for (const text of partsOf(secret).filter((part) => part.length >= SHORTEST_SECRET))
        if (!known.has(text))
          known.set(text, { text, patterns: spellingsOf(text).map((source) => new RegExp(source, 'g')) });
      // The longest first, so that no part of a longer secret is left standing beside a shorter one.
      if (known.size > before) byLength = [...known.values()].sort((a, b) => b.text.length - a.text.length);
    },
    allow(value) {
      allowed += `\n${stringsIn(value).join('\n')}`;
    },
    redact,
    redactLine(line) {
      const value = parsed(line);
      return typeof value === 'object' && value !== null
        ? `${JSON.stringify(redactStrings(value))}${line.endsWith('\n') ? '\n' : ''}`
        : redact(line);
    },
    redactStrings,
    redactValue(value, readable) {
      const read = `${allowed}\n${stringsIn(readable).join('\n')}`;
      const secrets = byLength.filter(
        ({ text }) => text.length >= SHORTEST_IN_VALUES && !read.includes(text),
      );
      return mapStrings(value, (text) => without(secrets, text));
    },
  };
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
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value)
    .filter(([name, field]) => SECRET_FIELDS.has(name) && typeof field === 'string')
    .map(([, field]) => field as string);
}

/** undefined: it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const without = (secrets: Known[], text: string): string =>
  secrets.reduce(
    // No spelling is shorter than what it spells.
    (result, { text: secret, patterns }) =>
      result.length < secret.length
        ? result
        : patterns.reduce((so, pattern) => so.replaceAll(pattern, REPLACEMENT), result),
    text,
  );

/** Plain data alone: what is of a class of its own, such as bytes, is returned as it is. */
function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [change(name), mapStrings(item, change)]),
  );
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(stringsIn);
  return isPlain(value) ? Object.entries(value).flatMap(([name, item]) => [name, ...stringsIn(item)]) : [];
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
