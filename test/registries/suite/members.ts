// A product that says which replicas belong to it: one that has left may be silent, a member must answer (suite/pushes.ts).

import { expect, test } from 'vitest';
import { prod, type Subject } from './subject.ts';

export function members({ opened, run, replicas }: Subject): void {
  test('a silent replica that has left does not keep read-only from being proved', async () => {
    const entries = opened().environment.inventory.registries['prod']!.replicas;
    const gone = { ...entries[0]!, id: '0000000000ff', url: 'https://127.0.0.1:1' };
    await run('setReadOnly', { ...prod, readOnly: true });
    expect(await run('proveReadOnly', prod, { entry: { replicas: [...entries, gone] } })).toHaveLength(
      replicas().length,
    );
    await run('setReadOnly', { ...prod, readOnly: false });
  });
}
