// Read-only: set, proved on every replica, and undone; each as often as it is asked for.

import { expect, test } from 'vitest';
import { prod, type Subject } from './subject.ts';

export function pushes({ opened, run, replicas, canary, tagsOf, push, content }: Subject): void {
  test('read-only is proved by refusals of every replica, and read-write by accepted pushes', async () => {
    await expect(run('proveReadOnly', prod)).rejects.toMatchObject({
      type: 'ReadOnlyNotEnforced',
      details: { replicas: replicas().map((id) => `${id} (202)`) },
    });
    expect(await tagsOf(canary())).toEqual([]);

    const refused = await opened().onRegistry(async (registry) => registry.readOnlyStatus);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await run('setReadOnly', { ...prod, readOnly: true });
      expect(await run('proveReadOnly', prod)).toEqual(
        replicas().map((replica) => ({ replica, status: refused })),
      );
    }
    await expect(run('proveWritable', prod)).rejects.toMatchObject({
      type: 'RegistryUnhealthy',
    });

    const entries = opened().environment.inventory.registries['prod']!.replicas;
    const withSilent = { replicas: [entries[0]!, { ...entries[1]!, url: 'https://127.0.0.1:1' }] };
    await expect(run('proveReadOnly', prod, { entry: withSilent })).rejects.toMatchObject({
      type: 'RegistryUnhealthy',
    });

    await run('setReadOnly', { ...prod, readOnly: false });
    // As a killed attempt leaves it behind.
    await push(canary(), 'transship-probe-left', content().app);
    expect(await run('proveWritable', prod)).toEqual(replicas().map((replica) => ({ replica, status: 201 })));
    expect(await tagsOf(canary())).toEqual([]);
  });

  test('a secret of a storage that has nothing to do with it does not keep the registry read-only', async () => {
    const storages = { unrelated: opened().unreadable };
    for (const readOnly of [true, false]) await run('setReadOnly', { ...prod, readOnly }, { storages });
    expect(await run('proveWritable', prod, { storages })).toHaveLength(replicas().length);
  });
}
