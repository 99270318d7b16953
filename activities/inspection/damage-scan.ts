// What the keys and sizes of an ordered listing tell of damage, without a byte of any object. Blobs come before repositories
// in a listing, and a repository's manifests before its tags, so each link is judged as it comes.

import type { DamageFinding, DamageKind } from '../../contracts/storage-activities.ts';
import { formatBytes } from '../../domain/bytes.ts';
import { EMPTY_SHA256 } from '../../domain/storage/content-address.ts';
import { parseRegistryKey } from '../../domain/storage/registry-key.ts';
import { DigestList } from './digest-list.ts';
import { sha256OfBuffer } from '../copying/fixed-sha256.ts';
import type { StoredObject } from '../storage/storage.ts';

/** `objects`: how many the finding is about, where one is written down for many. */
export type Found = DamageFinding & { objects?: number };

export type Judge = (sha256: string, bytes: Buffer | undefined) => DamageFinding | undefined;

export type Look = {
  findings: Found[];
  /** Its bytes have to be those that its key names: this is the question that reading it answers. */
  judge?: Judge;
  needsBytes?: boolean;
  /** Its size alone told that its bytes are wrong. */
  judgedBySize?: boolean;
};

type Group = { folder: string; kind: DamageKind; objects: number; bytes: number };

const LINK = /^sha256:([0-9a-f]{64})$/;

export class DamageScan {
  #blobs = new DigestList();
  #repository = '';
  #revisions = new DigestList();
  #group: Group | undefined;

  look(object: StoredObject): Look {
    const { key, size } = object;
    const parsed = parseRegistryKey(key);
    const findings: Found[] = [];
    const grouped = parsed.kind === 'upload' || parsed.kind === 'named-blob' ? parsed.folder : undefined;
    if (grouped !== this.#group?.folder) findings.push(...this.end());
    if ('repository' in parsed && parsed.repository !== this.#repository) {
      this.#repository = parsed.repository;
      this.#revisions = new DigestList();
    }
    switch (parsed.kind) {
      case 'upload':
      case 'named-blob': {
        const kind = parsed.kind === 'upload' ? 'upload-leftover' : 'named-by-id';
        this.#group ??= { folder: parsed.folder, kind, objects: 0, bytes: 0 };
        this.#group.objects += 1;
        this.#group.bytes += size;
        return { findings };
      }
      case 'blob':
        this.#blobs.add(parsed.digest);
        if (size === 0 && parsed.digest !== EMPTY_SHA256) {
          findings.push({
            kind: 'zero-byte-blob',
            key,
            detail: 'has no bytes; its key names a digest of some',
          });
          return { findings, judgedBySize: true };
        }
        break;
      case 'revision-link':
        this.#revisions.add(parsed.digest);
        if (!this.#hasBlob(parsed.digest))
          findings.push(linkWithoutBlob(key, `manifest sha256:${parsed.digest} is not among the blobs`));
        break;
      case 'layer-link':
        if (!this.#hasBlob(parsed.digest))
          findings.push(linkWithoutBlob(key, `layer sha256:${parsed.digest} is not among the blobs`));
        break;
      case 'tag-history':
        if (!this.#hasRevision(parsed.digest))
          findings.push(linkWithoutBlob(key, `the repository has no manifest sha256:${parsed.digest}`));
        break;
      case 'tag':
        return { findings, judge: tagJudge(key, this.#revisions), needsBytes: true };
      case 'other':
        break;
    }
    if (parsed.kind === 'other') return { findings };
    if (parsed.kind === 'blob') return { findings, judge: blobJudge(key, parsed.digest) };
    const content = `sha256:${parsed.digest}`;
    if (size === content.length) return { findings, judge: linkJudge(key, content) };
    // A link is as long as its digest: another size says enough.
    findings.push({ kind: 'wrong-bytes', key, detail: `has ${size} bytes instead of the text ${content}` });
    return { findings, judgedBySize: true };
  }

  /** What was gathered about the last folder. */
  end(): Found[] {
    const group = this.#group;
    this.#group = undefined;
    if (group === undefined) return [];
    const { folder: key, kind, objects, bytes } = group;
    return [
      {
        kind,
        key,
        objects,
        detail: `${objects} ${objects === 1 ? 'object' : 'objects'}, ${formatBytes(bytes)}`,
      },
    ];
  }

  #hasBlob = (digest: string): boolean => this.#blobs.find(digest) !== undefined;
  #hasRevision = (digest: string): boolean => this.#revisions.find(digest) !== undefined;
}

/** A tag's link is judged when it has been read; by then the repository's manifests are all known. */
function tagJudge(key: string, revisions: DigestList): Judge {
  return (_sha256, bytes) => {
    const text = bytes?.toString('utf8') ?? '';
    const digest = LINK.exec(text)?.[1];
    if (digest === undefined) return { kind: 'wrong-bytes', key, detail: `is no link: ${excerpt(text)}` };
    if (revisions.find(digest) !== undefined) return undefined;
    return linkWithoutBlob(
      key,
      `the tag means sha256:${digest}, a manifest that the repository does not have`,
    );
  };
}

const blobJudge =
  (key: string, digest: string): Judge =>
  (sha256) =>
    sha256 === digest ? undefined : { kind: 'wrong-bytes', key, detail: `has SHA-256 ${sha256}` };

const linkJudge =
  (key: string, content: string): Judge =>
  (sha256, bytes) => {
    if (sha256 === sha256OfBuffer(Buffer.from(content))) return undefined;
    const is = bytes === undefined ? `text of SHA-256 ${sha256}` : excerpt(bytes.toString('utf8'));
    return { kind: 'wrong-bytes', key, detail: `is ${is} instead of ${content}` };
  };

const linkWithoutBlob = (key: string, detail: string): DamageFinding => ({
  kind: 'link-without-blob',
  key,
  detail,
});

const EXCERPT_CHARACTERS = 80;

/** Readable whatever the bytes were. */
const excerpt = (text: string): string =>
  text === '' ? 'empty' : JSON.stringify(text.slice(0, EXCERPT_CHARACTERS));
