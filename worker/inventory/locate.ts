// Finds the line and column of a mistake in the YAML document: of the value where there is one, else of the nearest
// thing above it that is written down.

import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Document,
  type LineCounter,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type { LocatedMistake, Mistake, Path } from './mistake.ts';

export function locate(document: Document, lines: LineCounter, mistake: Mistake): LocatedMistake {
  const offset = offsetOf(document, mistake.path, mistake.atKey ?? false);
  const { line, col } = lines.linePos(offset);
  return { line, column: col, path: formatPath(mistake.path), problem: mistake.problem };
}

function offsetOf(document: Document, path: Path, atKey: boolean): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [index, part] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    if (isMap(node)) {
      const pair = pairOf(node, String(part));
      if (!pair) return offset;
      const last = index === path.length - 1;
      const value = isNode(pair.value) ? pair.value : null;
      const start = isNode(pair.key) ? pair.key.range?.[0] : undefined;
      offset = (last && !atKey && isScalar(value) ? value.range?.[0] : start) ?? offset;
      node = value;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(part)];
      if (!isNode(item)) return offset;
      node = item;
      offset = item.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

/** Of a mapping with thousands of mistakes in it, each is found at once. */
const indexes = new WeakMap<YAMLMap, Map<string, Pair>>();

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  let index = indexes.get(map);
  if (index === undefined) {
    // The first of two counts, as it did for the reader.
    index = new Map(map.items.toReversed().map((pair) => [keyOf(pair), pair]));
    indexes.set(map, index);
  }
  return index.get(key);
}

const keyOf = (pair: Pair): string => (isScalar(pair.key) ? String(pair.key.value) : String(pair.key));

/** `registries.prod.replicas[1].host` */
function formatPath(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}
