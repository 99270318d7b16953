// What storages in a directory share, whether the worker or a host sees it.

/** Where objects lie until they are complete: in the same file system, and in no listing. */
export const STAGING_FOLDER = '.transship-staging';
