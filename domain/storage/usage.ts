// What fills a registry's storage: objects and bytes by what they are there for.

import type { RegistryKey } from './registry-key.ts';

export type UsageClass = 'blobs' | 'layer-links' | 'manifests' | 'tags' | 'uploads' | 'other';

export type Usage = { objects: number; bytes: number };

export type RepositoryUsage = {
  repository: string;
  /** Layers that the repository links to; those of other repositories are counted there again. */
  layers: number;
  layerBytes: number;
  manifests: number;
  tags: number;
  uploadBytes: number;
};

export type StorageUsage = {
  describe: string;
  total: Usage;
  /** What a migration would copy: everything but unfinished uploads. */
  copied: Usage;
  classes: Record<UsageClass, Usage>;
  repositories: number;
  /** The largest objects, largest first. */
  largest: { key: string; size: number }[];
  /** The repositories whose layers are largest together, largest first. */
  largestRepositories: RepositoryUsage[];
};

const CLASS_OF: Record<RegistryKey['kind'], UsageClass> = {
  blob: 'blobs',
  'named-blob': 'blobs',
  'layer-link': 'layer-links',
  'revision-link': 'manifests',
  tag: 'tags',
  'tag-history': 'tags',
  upload: 'uploads',
  other: 'other',
};

export const usageClass = ({ kind }: RegistryKey): UsageClass => CLASS_OF[kind];
