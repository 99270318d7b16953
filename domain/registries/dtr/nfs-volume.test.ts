import { expect, it } from 'vitest';
import { createVolumeArgv, nfsVolumeOf } from './nfs-volume.ts';

const at = (url: string) => nfsVolumeOf({ url, options: null, isAsync: false });

it('has a name that Docker takes, another for every other place, and none that goes with a replica', () => {
  const urls = [
    'nfs://10.0.0.9/export',
    'nfs://10.0.0.9/export/',
    'nfs://10.0.0.9/export/a',
    'nfs://10.0.0.9/export_a',
    'nfs://10.0.0.9/export-a',
    'nfs://10.0.0.9/export_2f_a',
    'nfs://[fd00::9]/export',
    'nfs://fd00/9]/export',
    'nfs://10.0.0.9/dtr-registry-000000000001',
  ];
  const names = urls.map((url) => at(url).name);
  for (const name of names) {
    expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9_.-]+$/);
    expect(name).not.toMatch(/^dtr-/);
  }
  expect(names[0]).toBe(names[1]);
  expect(new Set(names).size).toBe(urls.length - 1);
});

it('is mounted as the registry would mount the export', () => {
  expect(createVolumeArgv(at('nfs://[fd00::9]/export/a')).join(' ')).toBe(
    'docker volume create -o type=nfs -o o=addr=fd00::9,rw -o device=:/export/a transship-nfs-_5b_fd00_3a__3a_9_5d__2f_export_2f_a',
  );
  const of = { url: 'nfs://10.0.0.9/x', options: 'rw,nfsvers=4', isAsync: false };
  expect(nfsVolumeOf(of).options.o).toBe('addr=10.0.0.9,rw,nfsvers=4');
  expect(nfsVolumeOf({ ...of, options: null, isAsync: true }).options.o).toBe('addr=10.0.0.9,rw,async');
});
