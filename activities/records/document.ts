// What a document is before it is a text: verdict, sections, tables, timeline, as plain data. It is built once and rendered
// as HTML, Markdown and JSON, which therefore never say different things. No string in it is markup: renderers
// escape every one, so a builder may put in whatever a registry, a storage or a person has named.

/** `waiting` and `bad` mark parts of a timeline, too; `neutral` is what stands out from nothing. */
export type Tone = 'good' | 'neutral' | 'waiting' | 'bad';

/** A piece of a line; a bare string is plain text. */
export type Run =
  | string
  | { code: string }
  | { strong: string }
  /** A short remark beside what it is about. */
  | { label: string; tone: Tone }
  /** A length between 0 and 1, to be compared with those of the other rows. */
  | { bar: number; tone: Tone };
export type Line = Run | Run[];

/** An item of a list, with what belongs to it beneath. */
export type Item = { line: Line; beneath?: Line[] };

/** A number that a reader must not miss. */
export type Figure = { label: string; value: string; note: string };

/** Times are ISO 8601 in UTC. */
export type Span = { tone: Tone; label: string; from: string; to: string };

export type Block =
  | { kind: 'paragraph'; line: Line }
  /** A paragraph that can be left out. */
  | { kind: 'note'; line: Line }
  | { kind: 'list'; ordered?: boolean; items: Item[] }
  | { kind: 'facts'; facts: { name: string; value: Line }[] }
  | { kind: 'figures'; figures: Figure[] }
  | { kind: 'table'; head: string[]; rows: Line[][] }
  /** What is in no span is `neutral`. */
  | { kind: 'timeline'; from: string; to: string; spans: Span[]; legend: { tone: Tone; label: string }[] };

export type Section = { heading: string; blocks: Block[] };

export type Document = {
  title: string;
  verdict?: { word: string; tone: Tone; sentence: string };
  /** What stands before the first section. */
  opening: Block[];
  sections: Section[];
  footer?: string;
};

/** What a list or a table without any row says. */
export const EMPTY = 'None.';

export const paragraph = (...line: Run[]): Block => ({ kind: 'paragraph', line });
export const note = (...line: Run[]): Block => ({ kind: 'note', line });
export const list = (lines: Line[]): Block => ({ kind: 'list', items: lines.map((line) => ({ line })) });
export const code = (text: string): Run => ({ code: text });

/** A sentence in which what stands between backticks is code. */
export const prose = (sentence: string): Line => runsOf(sentence);

export const runsOf = (sentence: string): Run[] =>
  sentence
    .split(/`([^`]+)`/)
    .map((part, index): Run => (index % 2 === 1 ? { code: part } : part))
    .filter((run) => run !== '');
