// DTR and MSR 2 as a product (dtr-msr.md).

import type { DtrRegistryEntry } from '../../../contracts/inventory.ts';
import type { Finding } from '../../../contracts/plan.ts';
import type { RegistryState } from '../../../contracts/registry-activities.ts';
import { stops, warns } from '../../finding.ts';
import type { Move, RegistryProduct } from '../product.ts';
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

function preflight({ path, state, source, destination }: Move<DtrRegistryEntry>): Finding[] {
  const findings: Finding[] = [];
  if (state.replicas.length === 2)
    findings.push(
      warns(
        'Two replicas cannot lose one: a majority of two is two (dtr-msr.md §6).',
        'Join a third one, or go on knowing that the registry is down while one of them is.',
      ),
    );
  const { name, entry } = destination;
  if (entry.kind === 'filesystem')
    findings.push(
      stops(
        `The destination ${name} is a folder of the worker; DTR cannot use it.`,
        'Name a storage of another kind; a folder on its hosts is one of kind host.',
      ),
    );
  else if (toldAs(entry) === null)
    findings.push(
      stops(
        `The destination ${name} is a folder within a named volume; DTR cannot be told of it.`,
        'Name a volume of its own, or a path.',
      ),
    );
  const taken = path === 'best-practice' ? ownerOf(storageVolumeOf(entry), state) : undefined;
  if (taken !== undefined)
    findings.push(
      stops(
        `The destination ${name} has the name of a volume of replica ${taken}: step "destroy" would remove it with all that was copied there.`,
        'Name the volume otherwise.',
      ),
    );
  const volume = storageVolumeOf(source.entry);
  if (path === 'best-practice' && volume?.startsWith('dtr-registry-'))
    findings.push(
      warns(
        `The source volume ${volume} belongs to its replica: step "destroy" removes it with the images in it.`,
        'Keep a copy of it elsewhere if you may want to go back to it, or take the read-only path.',
      ),
    );
  return findings;
}

/** The replica that takes a volume of this name, or a folder in one, along when it is destroyed (dtr-msr.md §1.5). */
const ownerOf = (volume: string | null, { replicas }: RegistryState): string | undefined =>
  replicas.find(({ id }) => volume !== null && new RegExp(`(^|/)dtr-[^/]*-${id}(/|$)`).test(volume))?.id;
