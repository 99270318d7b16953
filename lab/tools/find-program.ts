// Where programs are looked for: in the variable that names one, on PATH, and where an ordinary user's PATH ends short.

import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** sshd and other servers lie where the PATH of an ordinary user does not look. */
const MORE_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The program that the variable names; it is a mistake if that is none. */
export async function namedProgram(variable: string): Promise<string | undefined> {
  const path = process.env[variable];
  if (path === undefined || path === '') return undefined;
  if (!(await isExecutable(path))) throw new Error(`${variable} names ${path}, which is no program.`);
  return path;
}

export async function programOnPath(program: string): Promise<string | undefined> {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...MORE_FOLDERS]) {
    const path = join(folder, program);
    if (folder !== '' && (await isExecutable(path))) return path;
  }
  return undefined;
}

export async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
