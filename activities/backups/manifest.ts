// The manifest of a set: written last, and once; with it the set is complete. Its file is one line of canonical JSON,
//
//   {"format":"transship/set@1","manifest":{…},"signature":{"ed25519":"…","key":"sha256:…"}}
//
// signed without its signature. It may lie where others can write, so that everything about it is checked when it is read.

import { z } from 'zod';
import type { SetManifest } from '../../contracts/backup.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { SET_FILES, SET_FORMAT } from '../../domain/backup/set.ts';
import type { SigningKey } from './signing.ts';

const count = z.int().min(0);
const time = z.iso.datetime();
const file = z.object({ bytes: count, sha256: z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256') });
const ports = z.object({ http: count, https: count });

/** Fields that are not known are let through: they were signed, and what changes the meaning of others counts the format up. */
const shape = z.object({
  id: z.string(),
  repository: z.string(),
  registry: z.string(),
  product: z.enum(['dtr', 'distribution']),
  version: z.string(),
  takenAt: z.object({ begun: time, metadata: time, content: time, ended: time }),
  replica: z.string(),
  replicas: z.array(z.object({ id: z.string(), ports: ports.nullable() })),
  storage: z.object({
    kind: z.enum(['filesystem', 'host', 's3', 'azure', 'gcs', 'swift']),
    place: z.string(),
  }),
  certificate: z.string().nullable(),
  cluster: z.string().nullable(),
  schedules: z.object({ words: z.array(z.string()), value: z.unknown() }),
  counts: z.object({ repositories: count, tags: count, manifests: count, blobs: count, bytes: count }),
  rows: z.record(z.string(), count),
  files: z.object(Object.fromEntries(SET_FILES.map((name) => [name, file]))),
  content: z.object({ blobs: count, bytes: count, newBlobs: count, newBytes: count }),
  closure: z.object({ lost: count, unread: count, unsettled: count }),
});

export function manifestText(manifest: SetManifest, key: SigningKey): string {
  const signed = { format: SET_FORMAT, manifest };
  const signature = { key: key.fingerprint, ed25519: key.sign(canonicalJson(signed)) };
  return `${canonicalJson({ ...signed, signature })}\n`;
}

/** Whose it must be. */
export type Expected = { repository: string; registry: string; id: string };

/** `manifest` only where nothing is wrong with it; each problem goes on after "manifest.json". */
export function readManifest(
  text: string,
  key: SigningKey,
  expected: Expected,
): { manifest: SetManifest; problems: [] } | { manifest?: undefined; problems: string[] } {
  const found = parsed(text);
  if (found === undefined) return { problems: ['is no JSON: it was cut off, or something else wrote it'] };
  const { format, manifest, signature } = found;
  if (format !== SET_FORMAT) return { problems: [aboutFormat(format)] };
  const problems = (shape.safeParse(manifest).error?.issues ?? []).map(
    ({ path, message }) => `has a wrong field "${path.join('.')}": ${message}`,
  );
  const { key: signer, ed25519 } = Object(signature) as { key?: unknown; ed25519?: unknown };
  if (typeof signer !== 'string' || typeof ed25519 !== 'string') problems.push('is not signed');
  else if (signer !== key.fingerprint)
    problems.push(`is signed with another key: ${signer}, not ${key.fingerprint}`);
  else if (!key.isSignedBy(canonicalJson({ format, manifest }), ed25519))
    problems.push('was changed after it was signed');
  else if (text !== `${canonicalJson(found)}\n`) problems.push('is not as it was written');
  for (const field of ['repository', 'registry', 'id'] as const) {
    const named = (Object(manifest) as Record<string, unknown>)[field];
    if (typeof named === 'string' && named !== expected[field])
      problems.push(`is of another place: its ${field} is ${named}, and here it is ${expected[field]}`);
  }
  return problems.length > 0 ? { problems } : { manifest: manifest as SetManifest, problems: [] };
}

function aboutFormat(format: unknown): string {
  const [, version] = /^transship\/set@(\d+)$/.exec(typeof format === 'string' ? format : '') ?? [];
  return version === undefined
    ? 'is no manifest of a set'
    : `is of format ${String(format)}, and this version of Transship knows ${SET_FORMAT}: read it with the version that wrote it`;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
