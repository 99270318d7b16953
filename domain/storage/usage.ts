// What fills a registry's storage: objects and bytes by what they are there for.

import type { UsageClass } from '../../contracts/storage.ts';
import type { RegistryKey } from './registry-key.ts';

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
