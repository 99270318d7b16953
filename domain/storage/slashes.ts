// Names of places, compared: people write a root directory with slashes around it and without.

/** An absent field and an empty one are the same, and so is a root directory with slashes around it. */
export const withoutSlashes = (value: unknown): string =>
  typeof value === 'string' ? value.replaceAll(/^\/+|\/+$/g, '') : '';
