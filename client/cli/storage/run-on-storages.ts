// What the storage commands share: their options, Ctrl-C, progress, and the storages of the inventory without Temporal.

import type { Command } from 'commander';
import type { StorageTools } from '../../../worker/storage-tools.ts';
import type { Context } from '../context.ts';
import { createTaskView, type TaskView } from '../progress/task-view.ts';

export type StorageOptions = { inventory: string; json?: boolean };

export const withStorageOptions = (command: Command, json = 'print the result as JSON'): Command =>
  command.requiredOption('--inventory <file>', 'inventory that names the storages').option('--json', json);

export type Task = { tools: StorageTools; view: TaskView; signal: AbortSignal };

/** At Ctrl-C the work is ended, and `use` is left with the signal's reason; the exit code is `interrupted` then. */
export async function runOnStorages(
  context: Context,
  options: StorageOptions,
  use: (task: Task) => Promise<void>,
): Promise<void> {
  const { io } = context;
  const interrupt = new AbortController();
  const release = io.onInterrupt(() => interrupt.abort(new Error('interrupted')));
  const view = createTaskView(io, options.json ?? false);
  const { signal } = interrupt;
  try {
    // Imported here, because the clients of all the services take a good part of a second and `--help` does not need them.
    const { withStorageTools } = await import('../../../worker/storage-tools.ts');
    await withStorageTools(options.inventory, io.env, (tools) => use({ tools, view, signal }));
  } catch (error) {
    if (!signal.aborted) throw error;
    view.end();
    context.exit = 'interrupted';
    io.err('Interrupted. Nothing is lost: the same command goes on, or starts again.\n');
  } finally {
    release();
    view.end();
  }
}
