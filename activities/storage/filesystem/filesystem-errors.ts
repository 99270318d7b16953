// What the operating system says of a directory, as failures of its storage.

import { TransshipError } from '../../../domain/transship-error.ts';
import { UNSAFE_NAME } from './plain-path.ts';

const DENIED = ['EACCES', 'EPERM', 'EROFS'];

/** Why a directory cannot hold a key that other storages can. */
const UNFIT: Record<string, string> = {
  ENAMETOOLONG: 'a part of it is longer than a file name may be',
  EISDIR: 'there is a folder of that name, which holds other objects',
  ENOTEMPTY: 'there is a folder of that name, which holds other objects',
  EEXIST: 'an object has the name of a folder on its way',
  ENOTDIR: 'an object has the name of a folder on its way',
  EILSEQ: 'the file system does not take its characters',
};

/** An abort as its reason, and errors that are not the operating system's as they are. */
export async function translated<T>(
  describe: string,
  work: Promise<T>,
  signal?: AbortSignal,
  key?: string,
): Promise<T> {
  return await work.catch((error: NodeJS.ErrnoException & { key?: string }) => {
    if (signal?.aborted) throw signal.reason as Error;
    const { code, syscall } = error;
    if (code === UNSAFE_NAME)
      throw new TransshipError('UnsafeKey', `${describe}: ${error.message}`, {}, { cause: error });
    // Only the operating system's errors have both; the source of a body brings its own.
    if (code === undefined || syscall === undefined) throw error;
    const about = error.key ?? key;
    const unfit = about === undefined ? undefined : UNFIT[code];
    if (unfit !== undefined) {
      throw new TransshipError(
        'InvalidInput',
        `${describe} cannot hold the object ${about}: ${unfit}`,
        { key: about as string, code },
        { cause: error },
      );
    }
    const type = DENIED.includes(code) ? 'AccessDenied' : 'StorageUnavailable';
    throw new TransshipError(type, `${describe}: ${error.message}`, { code }, { cause: error });
  });
}
