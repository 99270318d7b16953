// Who sits at this shell, where nobody says who he is.

import { hostname, userInfo } from 'node:os';

/** The name of a user that the system does not know cannot be had. */
export function userHere(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return `somebody@${hostname()}`;
  }
}
