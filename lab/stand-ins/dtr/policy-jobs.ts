// Jobs of policies that write past the registry: pruning takes tags away and mirroring brings some, also while the registry
// is read-only, because neither goes through it. What the policies are is in the parameters of the cron or job; the real
// ones are kept elsewhere.

import { deleteTag, getTag, putTag } from './images.ts';
import type { Action } from './job-worker.ts';
import type { Store } from './store.ts';

export function policyActions(store: Store): Record<string, Action> {
  /** `{repository, prefix}`: every tag that begins so. */
  const prune: Action = async (job, log) => {
    const { repository = '', prefix = '' } = job.parameters ?? {};
    const tags = store
      .all<{ name: string }>('SELECT name FROM tags WHERE repository = ?', repository)
      .map(({ name }) => name)
      .filter((name) => prefix !== '' && name.startsWith(prefix));
    for (const tag of tags) deleteTag(store, repository, tag);
    log(`pruned ${tags.length} tags`);
  };
  /** `{repository, from, tag}`: what another registry would have sent is an image that is here already. */
  const mirror: Action = async (job, log) => {
    const { repository = '', from = '', tag = '' } = job.parameters ?? {};
    const digest = getTag(store, repository, from)?.digest;
    if (digest !== undefined && tag !== '')
      putTag(store, repository, tag, digest, 'mirror', new Date().toISOString());
    log(`mirrored ${digest === undefined ? 0 : 1} tags`);
  };
  return { tag_prune: prune, tag_pruning: prune, poll_mirror: mirror };
}
