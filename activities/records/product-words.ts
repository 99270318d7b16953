// What documents say of the registry product itself: its name and its calls. No other file of this room knows them.

export const WORDS = {
  name: 'DTR',
  /** What tells whether the registry refuses pushes. */
  askReadOnly: 'GET /api/v0/meta/settings',
  /** The registry's job that removes blobs without a manifest. */
  collection: 'the job onlinegc_blobs',
  /** Where the vendor says what clients need when they are redirected to the storage. */
  clientTrust: 'S1 "Configure your clients"',
  lostWithReplicas: 'a volume of a replica\'s own went with "destroy"',
  /** What a registry that was restored from its metadata backup lacks. */
  afterRestore: [
    'Fetch the vulnerability database again: a metadata backup does not hold it (PUT /api/v0/imagescan/scan/update?online=true).',
  ],
};
