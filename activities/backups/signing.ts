// The signature of a set's manifest: Ed25519, so that whoever has the repository's key can tell a set that we made from one
// that somebody has changed or brought. `openssl pkey -in KEY -pubout` shows the public half.

import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { TransshipError } from '../../domain/transship-error.ts';

export type SigningKey = {
  /** SHA-256 of the public key (SubjectPublicKeyInfo, DER), as `sha256:<hex>`. */
  fingerprint: string;
  /** Base64. */
  sign(this: void, text: string): string;
  isSignedBy(this: void, text: string, signature: string): boolean;
};

/** `InvalidInput` unless it is a private Ed25519 key in PEM. The error holds nothing of it. */
export function openSigningKey(pem: string): SigningKey {
  const key = privateKey(pem);
  if (key?.asymmetricKeyType !== 'ed25519')
    throw new TransshipError(
      'InvalidInput',
      'The signing key of the repository is no private Ed25519 key in PEM; make one with: openssl genpkey -algorithm ed25519',
    );
  const publicKey = createPublicKey(key);
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return {
    fingerprint: `sha256:${createHash('sha256').update(der).digest('hex')}`,
    sign: (text) => sign(null, Buffer.from(text), key).toString('base64'),
    isSignedBy: (text, signature) => {
      const bytes = Buffer.from(signature, 'base64');
      // Base64 has several spellings of the same bytes; only ours counts.
      return bytes.toString('base64') === signature && verify(null, Buffer.from(text), publicKey, bytes);
    },
  };
}

function privateKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
