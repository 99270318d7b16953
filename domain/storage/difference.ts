// What comparing two storages says of each key, in the letters of `rclone check`, so that scripts and eyes know them.

/**
 * `=` the same on both sides, `-` missing at the source, `+` missing at the destination, `*` different,
 * `!` there on both sides, and one of them could not be read.
 */
export type DifferenceOp = '=' | '-' | '+' | '*' | '!';

/**
 * How two objects were compared, strongest first. `bytes`: both were read, or hashed where they lie. `digest`: both
 * storages tell a digest of the same kind. `name`: the key names the content, and the sizes agree. `size`: the sizes differ.
 */
export type ComparedBy = 'bytes' | 'digest' | 'name' | 'size';

export type Difference =
  | { op: '=' | '*'; key: string; size: number; sizeAtDestination: number; by: ComparedBy }
  | { op: '-' | '+'; key: string; size: number }
  | { op: '!'; key: string; size: number; problem: string };

export const DIFFERENCE_MEANING: Record<DifferenceOp, string> = {
  '=': 'the same',
  '-': 'missing at the source',
  '+': 'missing at the destination',
  '*': 'different',
  '!': 'could not be compared',
};
