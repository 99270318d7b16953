// Only an empty destination, or one that was claimed for the same source, is written to.

import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import { altered, copyingRig } from './copying-rig.ts';

const { storages, storage, put, perform } = copyingRig({ hosts: ['node-1'], s3: true });

const claim = async (source: string, destination: string): Promise<void> =>
  await perform(new MockActivityEnvironment(), 'claimDestination', {
    job: 'jobs/test',
    source,
    destination,
  });

describe('a destination', () => {
  test('that is empty is claimed, and may be claimed again for the same source only', async () => {
    await put('s3-b', '.transship-probe/left', 'x');
    await claim('filesystem-a', 's3-b');
    await put('s3-b', 'docker/some', 'x');
    await claim('filesystem-a', 's3-b');
    await expect(claim('host-a', 's3-b')).rejects.toMatchObject({ type: 'DestinationNotEmpty' });
  });

  test('that holds what nobody claimed is refused with examples', async () => {
    await put('host-b', 'somebody/elses', 'x');
    await expect(claim('filesystem-a', 'host-b')).rejects.toMatchObject({
      type: 'DestinationNotEmpty',
      details: { examples: ['somebody/elses'] },
    });
  });
});

describe('a claim', () => {
  test.each(['filesystem-a', 'host-b'])('ends when %s means another place', async (name) => {
    await claim('filesystem-a', 'host-b');
    await put('host-b', 'docker/some', 'x');
    storages.set(name, altered(storage(name), { describe: 'elsewhere' }));
    await expect(claim('filesystem-a', 'host-b')).rejects.toMatchObject({ type: 'DestinationNotEmpty' });
  });
});
