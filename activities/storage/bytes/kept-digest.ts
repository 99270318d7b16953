// Azure and Google know MD5 or CRC32C of an object, never its SHA-256. Ours is kept as metadata of the object, bound
// to the checksum that the service has of the very bytes that it was hashed from: whoever replaces the bytes replaces
// the metadata or the checksum, and then it is believed no more.

/** Lower-case letters alone, which both services keep as they are. */
const SHA256 = 'transshipsha256';
const BOUND_TO = 'transshipboundto';

/** `checksum`: as the service shows it, with its name, e.g. `md5=…`. */
export function keptDigest(sha256: string, checksum: string): Record<string, string> {
  return { [SHA256]: sha256, [BOUND_TO]: checksum };
}

/** Lower-case hex; undefined: none is kept, or the object has other bytes by now. */
export function believedDigest(
  metadata: Record<string, string> | undefined,
  checksums: (string | undefined)[],
): string | undefined {
  const bound = metadata?.[BOUND_TO];
  return bound !== undefined && checksums.includes(bound) ? metadata?.[SHA256] : undefined;
}
