// What a migration needs of a storage is tried in full on every real server, and whoever may do everything is told so.

import { expect, test } from 'vitest';
import { inProcessMeter } from '../../../activities/concurrency/in-process-meter.ts';
import { checkAccess } from '../../../activities/inspection/check-access.ts';
import { IMPATIENT } from '../../support/impatient.ts';
import type { Subject } from './subject.ts';

export function access({ opened, storage, keys }: Subject): void {
  test.each([true, false])(
    'everything that is needed goes well, and nothing stays (writable: %s)',
    async (writable) => {
      const meter = inProcessMeter(new AbortController().signal, IMPATIENT);
      const { actions } = await checkAccess(storage(), writable, [], meter);
      expect(actions.filter(({ ok }) => !ok)).toEqual([]);
      expect(actions.map(({ action }) => action)).toContain('list');
      expect(await keys()).toEqual([]);
      expect((await opened().remains?.()) ?? []).toEqual([]);
    },
  );
}
