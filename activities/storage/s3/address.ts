// Where and as what the SDK would send a request for an object: learned from the SDK itself, so that our own requests
// go to the same host, in the same style and with the same scope, whatever the rules of its endpoints are.

import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { Scope } from './sign.ts';

export type Address = Scope & {
  origin: string;
  /** Of the header, with the port where it is not the scheme's own. */
  host: string;
  /** What comes before every encoded key. */
  path: string;
};

type Outgoing = {
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  headers: Record<string, string>;
};

const KEY = 'key';
const VERSION_4 = /^AWS4-HMAC-SHA256 Credential=.*\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request,/;

/** `InvalidInput` for buckets that need another kind of signature, e.g. access points of several regions. */
export async function addressOf(client: S3Client, bucket: string): Promise<Address> {
  const command = new PutObjectCommand({ Bucket: bucket, Key: KEY, Body: Buffer.alloc(0) });
  let outgoing: Outgoing | undefined;
  command.middlewareStack.add(
    () => (args) => {
      outgoing = args.request as Outgoing;
      return Promise.resolve({ output: { $metadata: {} }, response: {} });
    },
    { step: 'finalizeRequest', priority: 'low', name: 'notSent' },
  );
  await client.send(command);
  const { protocol = '', hostname = '', port, path = '', headers = {} } = outgoing ?? {};
  const [, region, service] = VERSION_4.exec(headers['authorization'] ?? '') ?? [];
  if (region === undefined || service === undefined || headers['x-amz-s3session-token'] !== undefined) {
    throw new TransshipError(
      'InvalidInput',
      `bucket ${bucket} needs signatures of a kind that is not supported`,
    );
  }
  const host = headers['host'] ?? hostname;
  const origin = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
  return { origin, host, path: path.slice(0, -KEY.length), region, service };
}
