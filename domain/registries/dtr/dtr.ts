// DTR and MSR 2 as a product (dtr-msr.md).

import type { DtrRegistryEntry } from '../../../contracts/inventory.ts';
import type { RegistryState } from '../../../contracts/registry-activities.ts';
import type { Findings, Move, RegistryProduct } from '../product.ts';
import { judgeSettings } from './judge-settings.ts';
import { usesDirectory } from './place.ts';
import { chooseRecipe, wayBack } from './recipes.ts';
import { stepWords } from './steps.ts';
import { storageVolumeOf, toldAs } from './storage-volume.ts';

export const dtr: RegistryProduct<DtrRegistryEntry> = {
  kind: 'dtr',
  words: {
    title: 'DTR',
    isReadOnly: 'GET /api/v0/meta/settings',
    collectLater: 'run the task onlinegc_blobs',
    afterBringUp: [
      'Fetch the vulnerability database again: a metadata backup does not hold it (PUT /api/v0/imagescan/scan/update?online=true).',
    ],
    clientTrust: 'S1 "Configure your clients"',
    lostWithReplicas: 'a volume of a replica\'s own went with "destroy"',
  },
  hosts: ['bootstrapHost'],
  mistakes: () => [],
  recipe: (version, from, to, path) => {
    const { switch: way, source } = chooseRecipe(version, toldAs(to), path);
    return {
      switch: way,
      back: wayBack(version, toldAs(from)),
      // A volume is named when it is restored; a cloud storage cannot be (dtr-msr.md §0.2).
      afterBringUp: way === 'keep-metadata' ? way : null,
      source,
    };
  },
  preflight,
  usesDirectory,
  steps: stepWords,
};

function preflight({ path, entry, state, source, destination }: Move<DtrRegistryEntry>): Findings {
  const findings: string[] = [];
  const warnings: string[] = [];
  const members = state.replicas.length;
  if (members > 0 && members % 2 === 0)
    warnings.push(
      `A majority of ${members} replicas is ${members / 2 + 1}: no more of them can be lost than of ${members - 1} (dtr-msr.md §6).`,
    );
  if (destination.entry.kind === 'filesystem')
    findings.push(`The destination ${destination.name} is a folder of the worker; DTR cannot use it.`);
  else if (toldAs(destination.entry) === null)
    findings.push(
      `The destination ${destination.name} is a folder within a named volume; DTR cannot be told of it.`,
    );
  const taken = path === 'best-practice' ? ownerOf(storageVolumeOf(destination.entry), state) : undefined;
  if (taken !== undefined)
    findings.push(
      `The destination ${destination.name} has the name of a volume of replica ${taken}: step "destroy" would remove it with all that was copied there. Name the volume otherwise.`,
    );
  const volume = storageVolumeOf(source.entry);
  if (path === 'best-practice' && volume?.startsWith('dtr-registry-'))
    warnings.push(
      `The source volume ${volume} belongs to its replica: step "destroy" removes it with the images in it.`,
    );
  if (path === 'best-practice') {
    const restored = judgeSettings(entry, state);
    findings.push(...restored.findings);
    warnings.push(...restored.warnings);
  }
  return { findings, warnings };
}

/** The replica that takes a volume of this name, or a folder in one, along when it is destroyed (dtr-msr.md §1.5). */
const ownerOf = (volume: string | null, { replicas }: RegistryState): string | undefined =>
  replicas.find(({ id }) => volume !== null && new RegExp(`(^|/)dtr-[^/]*-${id}(/|$)`).test(volume))?.id;
