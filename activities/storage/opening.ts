// What a storage is opened with beside its entry of the inventory.

import type { SecretRef } from '../../contracts/inventory.ts';
import type { Patience } from '../concurrency/patience.ts';
import type { RemoteHost } from '../hosts/remote-host.ts';

/** Of a storage behind an API. */
export type ApiOpening = {
  resolveSecret(this: void, ref: SecretRef): Promise<string>;
  patience: Patience;
};

export type Opening = ApiOpening & { openHost(this: void, name: string): Promise<RemoteHost> };
