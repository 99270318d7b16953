// Objects that are made of segments: dynamic large objects (DLO), whose manifest names what their segments' names
// begin with, and static ones (SLO), whose manifest lists them. Reading them is the server's work; here they are told
// apart and taken to pieces.

import type { SwiftAnswer } from './client.ts';
import { type Container, listEntries } from './container.ts';

export type Manifest = { kind: 'dlo'; container: string; path: string } | { kind: 'slo' };

/** `md5`: of the bytes; undefined for an object of segments. */
export type Described = { size: number; md5?: string; manifest?: Manifest };

export type Segment = { container: string; name: string; bytes: number; md5: string };

/** undefined: there is no such object. */
export async function describeObject(
  container: Container,
  object: string,
  options: { signal?: AbortSignal | undefined; key?: string },
): Promise<Described | undefined> {
  const headers = await headersOf(container, object, options);
  if (headers === undefined) return undefined;
  const manifest = manifestOf(headers);
  const length = headers['content-length'];
  if (manifest?.kind === 'dlo' && length === undefined) {
    // Swift does not count a dynamic large object of more segments than fit one of its listings.
    const segments = await segmentsOf(container, object, manifest, options.signal);
    return { size: segments.reduce((sum, { bytes }) => sum + bytes, 0), manifest };
  }
  const size = Number(length ?? 0);
  return manifest === undefined ? { size, md5: etagOf(headers) } : { size, manifest };
}

/** Of an object of segments that of its manifest, without which they are none. undefined: there is no such object. */
export async function writtenObject(
  container: Container,
  object: string,
  options: { signal?: AbortSignal | undefined; key?: string },
): Promise<{ at: number } | undefined> {
  const headers = await headersOf(container, object, options);
  // Seconds with their fraction; `last-modified` is the next full one, which may be later than what came after it.
  return headers && { at: Number(headers['x-timestamp']) * 1000 };
}

async function headersOf(
  container: Container,
  object: string,
  { signal, key }: { signal?: AbortSignal | undefined; key?: string },
): Promise<SwiftAnswer['headers'] | undefined> {
  const { status, headers } = await container.client.head({
    method: 'HEAD',
    container: container.name,
    object,
    signal,
    action: 'stat',
    key,
    accept: [404],
  });
  return status === 404 ? undefined : headers;
}

export function manifestOf(headers: SwiftAnswer['headers']): Manifest | undefined {
  if (headers['x-static-large-object']?.toLowerCase() === 'true') return { kind: 'slo' };
  const header = headers['x-object-manifest'];
  if (header === undefined) return undefined;
  const [container = '', ...path] = decoded(header).split('/');
  return { kind: 'dlo', container, path: path.join('/') };
}

export const etagOf = (headers: SwiftAnswer['headers']): string =>
  (headers['etag'] ?? '').replaceAll('"', '').toLowerCase();

/** In their order. Of a static large object what its manifest lists, whether it is there or not. */
export async function segmentsOf(
  container: Container,
  object: string,
  manifest: Manifest,
  signal: AbortSignal | undefined,
): Promise<Segment[]> {
  if (manifest.kind === 'slo') return await staticSegments(container, object, signal);
  const found: Segment[] = [];
  const place = { ...container, name: manifest.container };
  for await (const { name, bytes, hash } of listEntries(place, { prefix: manifest.path, signal })) {
    found.push({ container: manifest.container, name, bytes, md5: hash });
  }
  return found;
}

type StaticEntry = { name: string; bytes: number; hash: string };

async function staticSegments(
  container: Container,
  object: string,
  signal: AbortSignal | undefined,
): Promise<Segment[]> {
  const entries = await container.client.json<StaticEntry[]>({
    method: 'GET',
    container: container.name,
    object,
    query: { 'multipart-manifest': 'get' },
    signal,
    action: 'read the manifest of',
    key: object,
  });
  return entries.map(({ name, bytes, hash }) => {
    const [, segmentContainer = '', ...path] = name.split('/');
    return { container: segmentContainer, name: path.join('/'), bytes, md5: hash };
  });
}

/** The registry's driver writes the header as it is, others encode it as Swift's documentation asks. */
function decoded(header: string): string {
  try {
    return decodeURIComponent(header);
  } catch {
    return header;
  }
}
