// Which errors of a connection say that the entry of the inventory does not fit the storage, whichever service it is: they
// stay until somebody changes one of the two.

const CODES = new Set([
  // The certificate is of nobody whom we trust, of another name or out of date; or there is none.
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'EPROTO',
  // No server has the name.
  'ENOTFOUND',
]);
const DEEPEST_CAUSE = 5;

/** Also of what it was caused by. */
export function isNotAsNamed(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && cause instanceof Error; depth += 1) {
    if (CODES.has(String((cause as NodeJS.ErrnoException).code))) return true;
    cause = cause.cause;
  }
  return false;
}
