// The thread that does a directory's small work: making folders, moving files into place, writing and reading hundreds
// of small files. One call of the operating system after the other in a thread is ten times as fast as a promise for
// each. It starts at the first use and keeps no process alive.

/* oxlint-disable unicorn/require-post-message-target-origin -- only windows have origins, threads have none */

import { Worker } from 'node:worker_threads';

/** A file of the staging folder and the key that it becomes. */
export type Placement = { file: string; key: string };
/** The code of the error of `create`: there is an object of that key. */
export const THERE_ALREADY = 'THERE_ALREADY';
export type SmallFile = { key: string; size: number; bytes?: Uint8Array };

export type FileTasks = {
  /** Writes files that are there for nobody yet. Returns their SHA-256. */
  stage(files: { file: string; bytes: Uint8Array }[]): string[];
  /**
   * Moves files into place and makes the folders that are missing, in their order and as long as it is not later than
   * `untilMs`. Returns how many, and the folders that were changed.
   */
  place(asked: { placements: Placement[]; untilMs: number }): { done: number; changed: string[] };
  /** As `place`, of one file, where there must be none. */
  create(placement: Placement): string[];
  /**
   * Of the first so many keys that fill a batch, those that are there. `done`: how many keys that was. Without `bytes`
   * a file is too large to be read at once.
   */
  read(keys: string[]): { files: SmallFile[]; done: number };
  /**
   * Files, and the folders that are empty then: the registry takes the empty folder of a tag for a tag. As long as it is not later
   * than `untilMs`; returns how many.
   */
  remove(asked: { keys: string[]; untilMs: number }): number;
  /** Removes what workers that were killed have left in the staging folder. */
  sweep(): void;
};

type TaskName = keyof FileTasks;
export type FileTask = { id: number; do: TaskName; with: unknown };
export type FileTaskResult = { id: number } & ({ result: unknown } | { error: Record<string, unknown> });

export type FileThread = {
  [Name in TaskName]: (...args: Parameters<FileTasks[Name]>) => Promise<ReturnType<FileTasks[Name]>>;
} & { close(): void };

/** What the thread knows from its beginning. */
export type FileThreadData = { root: string; isReal: boolean; staging: string };

export function openFileThread(workerData: FileThreadData): FileThread {
  let worker: Worker | undefined;
  let nextId = 1;
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();

  const start = (): Worker => {
    const started = new Worker(new URL('./file-worker.ts', import.meta.url), {
      name: 'transship-files',
      workerData,
      execArgv: [],
    });
    started.unref();
    started.on('message', (answer: FileTaskResult) => {
      const asker = waiting.get(answer.id);
      waiting.delete(answer.id);
      if (waiting.size === 0) started.unref();
      if ('result' in answer) asker?.resolve(answer.result);
      else asker?.reject(Object.assign(new Error(String(answer.error['message'])), answer.error));
    });
    const fail = (error: Error): void => {
      if (worker === started) worker = undefined;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    started.on('error', fail);
    started.on('exit', () => fail(new Error('the thread for files ended')));
    return started;
  };

  const ask = async (name: TaskName, input: unknown): Promise<unknown> => {
    const thread = (worker ??= start());
    const id = nextId++;
    return await new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      thread.ref();
      thread.postMessage({ id, do: name, with: input } satisfies FileTask);
    });
  };

  return {
    stage: async (files) => (await ask('stage', files)) as string[],
    place: async (asked) => (await ask('place', asked)) as ReturnType<FileTasks['place']>,
    create: async (placement) => (await ask('create', placement)) as string[],
    read: async (keys) => (await ask('read', keys)) as ReturnType<FileTasks['read']>,
    remove: async (asked) => (await ask('remove', asked)) as number,
    sweep: async () => void (await ask('sweep', undefined)),
    close: () => void worker?.terminate(),
  };
}
