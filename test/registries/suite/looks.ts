// Looking at a registry, and what is said when it cannot be looked at.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeCertificates } from '../../../lab/servers/certificates.ts';
import { activityEnvironment } from '../../registry/registry-rig.ts';
import { prod, type Subject } from './subject.ts';

export function looks({ opened, run, replicas }: Subject): void {
  test('a look at the registry finds what decides a migration', async () => {
    const state = await run('inspectRegistry', prod);
    expect(state).toMatchObject({
      readOnly: false,
      runningTasks: [],
      canaryRepositoryExists: true,
      ...opened().looksLike,
    });
    expect(state.replicas.map(({ id, healthy, readOnly }) => [id, healthy, readOnly])).toEqual(
      replicas().map((id) => [id, true, false]),
    );
    const entry = { canaryRepository: 'dev/nowhere' };
    expect(await run('inspectRegistry', prod, { entry })).toMatchObject({
      canaryRepositoryExists: opened().isCanaryMadeByPush,
    });
  });

  test.each([
    ['InvalidInput', { registry: 'nobody' }, {}],
    ['AccessDenied', prod, { username: 'mallory' }],
    ['RegistryUnhealthy', prod, { url: 'https://127.0.0.1:1' }],
  ])('%s names what is wrong with the way to the registry, and no secret', async (type, request, changes) => {
    const failure: unknown = await run('inspectRegistry', request, { entry: changes }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ type });
    expect((failure as Error).message).not.toContain(opened().password);
  });

  test('a certificate of another authority is not trusted', async () => {
    const other = await mkdtemp(join(tmpdir(), 'transship-other-authority-'));
    const { ca } = await makeCertificates(other, opened().addresses);
    await expect(run('inspectRegistry', prod, { entry: { ca: { file: ca } } })).rejects.toMatchObject({
      type: 'RegistryUnhealthy',
      message: expect.stringContaining('certificate'),
    });
    await rm(other, { recursive: true });
  });

  test('waiting for health ends when all replicas are well, and with its cancellation', async () => {
    await run('waitUntilHealthy', { ...prod, replicas: replicas() });

    const environment = activityEnvironment();
    environment.on('heartbeat', (details: { waitingFor?: string }) => {
      if (details.waitingFor?.includes('0000000000ff') === true) environment.cancel();
    });
    await expect(
      run('waitUntilHealthy', { ...prod, replicas: [...replicas(), '0000000000ff'] }, { environment }),
    ).rejects.toMatchObject({ name: 'CancelledFailure' });
  });
}
