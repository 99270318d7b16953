// What a DTR may do otherwise than its documents lead one to expect. Each is a switch of `lab.json` that is read whenever it
// matters, so that a test can turn it under a cluster that runs; README.md says of each where it comes from.

export type Habits = {
  /** Does `GET /admin/settings/registry` hide secrets? */
  masksSecrets: boolean;
  /** Does it write the fields of a driver in words of its own: addresses without a scheme, the bucket masked? */
  spellsOtherwise: boolean;
  /** Does a replica that is made without `--replica-https-port` listen on 443, whatever its node's port is? */
  portsMatter: boolean;
  /** Does `reconfigure` end with 0 and leave the storage as it was? */
  reconfigureKeepsStorage: boolean;
  /** Tables of which a backup has every other row. */
  backupMisses: string[];
  /** Is `readOnlyRegistry` left out of a backup, so that what is restored accepts pushes? */
  backupForgetsReadOnly: boolean;
  /** Does `cluster_status` say which replicas are read-only? */
  tellsReadOnly: boolean;
  /** Does `cluster_status` call replicas healthy by what they wrote down an hour ago? */
  healthIsOld: boolean;
  /** Is a schedule that is a word kept as the six fields that it means? */
  rewritesSchedules: boolean;
  /** Do new blobs lie under ids of its own, and not under their digests? */
  namesBlobs: boolean;
  /** Flags that the short help leaves out. */
  shortHelpHides: string[];
  /** Does whatever stands in front of the replicas answer with a page of its own? */
  busy: boolean;
};

const USUAL: Habits = {
  masksSecrets: true,
  spellsOtherwise: false,
  portsMatter: false,
  reconfigureKeepsStorage: false,
  backupMisses: [],
  backupForgetsReadOnly: false,
  tellsReadOnly: true,
  healthIsOld: false,
  rewritesSchedules: false,
  namesBlobs: false,
  shortHelpHides: [],
  busy: false,
};

export const habitsOf = ({ habits }: { habits?: Partial<Habits> }): Habits => ({ ...USUAL, ...habits });
