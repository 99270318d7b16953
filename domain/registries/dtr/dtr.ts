// DTR and MSR 2 as a product (dtr-msr.md).

import type { DtrRegistryEntry } from '../../../contracts/inventory.ts';
import type { Finding } from '../../../contracts/finding.ts';
import type { RegistryState } from '../../../contracts/registry-activities.ts';
import { stops, warns } from '../../finding.ts';
import type { Move, RegistryProduct } from '../product.ts';
import { judgeSettings } from './judge-settings.ts';
import { usesDirectory } from './place.ts';
import { chooseRecipe, wayBack } from './recipes.ts';
import { stepWords } from './steps.ts';
import { isOwnVolume, nfsStorageOf, ownVolumeOf, storageVolumeOf, toldAs } from './storage-volume.ts';
import { findingOf } from './traps/atlas.ts';
import { compareVersions, parseVersion, type Version } from './version.ts';

export const dtr: RegistryProduct<DtrRegistryEntry> = {
  kind: 'dtr',
  keepsTagsInStorage: false,
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
  recipe: (found, from, to, path) => {
    const { switch: way, source } = chooseRecipe({ found, from, to, path });
    return {
      switch: way,
      back: wayBack({ found, from, to }),
      // A volume is named when it is restored; a cloud storage cannot be (dtr-msr.md §0.2).
      afterBringUp: way === 'keep-metadata' ? way : null,
      source,
    };
  },
  judgeState,
  preflight,
  usesDirectory,
  steps: stepWords,
};

function judgeState({ replicas }: RegistryState): Finding[] {
  const members = replicas.length;
  const well = replicas.filter(({ healthy }) => healthy).length;
  const majority = Math.floor(members / 2) + 1;
  return [
    ...(members === 0 || well >= majority
      ? []
      : [
          stops(
            `Only ${well} of ${members} replicas are well, and a majority is ${majority}: the cluster has no quorum (dtr-msr.md §6).`,
            'Bring replicas back before anything else; where that cannot be, emergency-repair keeps one of them.',
          ),
        ]),
    ...(members === 0 || members % 2 === 1
      ? []
      : [
          warns(
            `A majority of ${members} replicas is ${majority}: no more of them can be lost than of ${members - 1} (dtr-msr.md §6).`,
            'Join one more, or go on knowing it.',
          ),
        ]),
  ];
}

function preflight(move: Move<DtrRegistryEntry>): Finding[] {
  const { path, entry, state, source, destination } = move;
  const { name } = destination;
  const findings: Finding[] = [];
  if (destination.entry.kind === 'filesystem')
    findings.push(
      stops(
        `The destination ${name} is a folder of the worker; DTR cannot use it.`,
        'Name a storage of another kind; a folder on its hosts is one of kind host.',
      ),
    );
  else if (toldAs(destination.entry) === null)
    findings.push(
      stops(
        `The destination ${name} is a folder within a named volume; DTR cannot be told of it.`,
        'Name a volume of its own, or a path.',
      ),
    );
  const taken = path === 'best-practice' ? ownerOf(storageVolumeOf(destination.entry), state) : undefined;
  if (taken !== undefined)
    findings.push(findingOf('destroy-takes-volumes', { destination: name, replica: taken }));
  const volume = storageVolumeOf(source.entry);
  if (path === 'best-practice' && volume?.startsWith('dtr-registry-'))
    findings.push(
      warns(
        `The source volume ${volume} belongs to its replica: step "destroy" removes it with the images in it.`,
        'Keep a copy of it elsewhere if you may want to go back to it, or take the read-only path.',
      ),
    );
  if (path === 'best-practice') findings.push(...judgeSettings(entry, state));
  const isOwn = state.replicas.some(({ id }) => ownVolumeOf(id) === storageVolumeOf(destination.entry));
  if (isOwn && state.replicas.length > 1)
    findings.push(findingOf('own-volumes-of-several', { destination: name }));
  else if (state.replicas.length > 1 && toldAs(destination.entry) === 'host')
    findings.push(findingOf('volume-of-one-node', { volume: storageVolumeOf(destination.entry) ?? '' }));
  if (isOwnVolume(destination.entry) && toldAs(source.entry) === 'nfs') {
    if (!isOwn) findings.push(findingOf('own-volume-of-nobody', { destination: name }));
    else if (!state.storage.fields['nfsHost'])
      findings.push(findingOf('leaving-what-is-not-nfs', { source: source.name }));
  }
  const server = nfsStorageOf(destination.entry)?.url.match(NFS_SERVER)?.[1];
  if (server !== undefined && !IP_ADDRESS.test(server))
    findings.push(findingOf('server-by-name', { server }));
  const parsed = parseVersion(state.version);
  if (parsed !== undefined && compareVersions(parsed, EXACT_COPY_SINCE) >= 0)
    findings.push(findingOf('no-exact-copy', { canary: entry.canaryRepository }));
  return findings;
}

const NFS_SERVER = /^nfs:\/\/([^/]+)/;
/** Of version 4, or of version 6 in brackets. */
const IP_ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\])$/;
/** S1, note "Starting with MSR 2.9.0". */
const EXACT_COPY_SINCE: Version = [2, 9, 0];

/** The replica that takes a volume of this name, or a folder in one, along when it is destroyed (dtr-msr.md §1.5). */
const ownerOf = (volume: string | null, { replicas }: RegistryState): string | undefined =>
  replicas.find(({ id }) => volume !== null && new RegExp(`(^|/)dtr-[^/]*-${id}(/|$)`).test(volume))?.id;
