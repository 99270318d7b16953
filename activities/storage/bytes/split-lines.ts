// Lines of a body that comes in pieces, each with its newline. Not by node:readline, which also splits at line separators that
// a key may hold.

const NEWLINE = 0x0a;
/** No line of ours is nearly as long; one that is would fill the memory. */
const MAX_LINE_BYTES = 16 * 1024 ** 2;

/** `fail`: the error to be thrown for what is wrong, which goes on after the name of the file. */
export async function* splitLines(
  body: AsyncIterable<Buffer>,
  fail: (problem: string) => Error,
): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, at + 1)]);
      begun = [];
      bytes = 0;
      from = at + 1;
    }
    const rest = chunk.subarray(from);
    if (rest.length > 0) begun.push(rest);
    bytes += rest.length;
    if (bytes > MAX_LINE_BYTES) throw fail('has a line without end: something else wrote it');
  }
  if (bytes > 0) throw fail('was cut off within a line');
}
