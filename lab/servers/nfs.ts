// An NFS server of the lab: nfs-ganesha, versions 3 and 4, and the rpcbind that it needs. It runs in user space, so that
// a machine without the kernel's server and client can have it; what it serves is read with libnfs's programs.

import { execFile } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startProcess } from '../process.ts';

const run = promisify(execFile);
const GANESHA = '/usr/bin/ganesha.nfsd';
const RPCBIND = '/usr/sbin/rpcbind';
/** rpcbind's own: it can have no other. */
const RPCBIND_PORT = 111;
const ADDRESS = '127.0.0.1';
const PROBE_TIMEOUT_MS = 1000;
const PSEUDO_PATH = '/export';

export type NfsServer = {
  address: string;
  /** Folder on this machine, and its path in version 3. */
  exportDir: string;
  /** `nfs://…` URLs of libnfs's programs for the root of the export. */
  urls: { version3: string; version4: string };
  /** What the export is called in version 4. */
  pseudoPath: string;
};

export type NfsOptions = { port: number; mountPort: number };

/** Starts both unless they run. Needs root, and Debian's nfs-ganesha-vfs and rpcbind. */
export async function startNfs(dir: string, { port, mountPort }: NfsOptions): Promise<NfsServer> {
  for (const [program, debian] of [
    [GANESHA, 'nfs-ganesha nfs-ganesha-vfs'],
    [RPCBIND, 'rpcbind'],
  ] as const) {
    await access(program).catch(() => {
      throw new Error(`${program} is missing: install it with \`apt-get install -y ${debian}\``);
    });
  }
  const home = join(dir, 'nfs-server');
  const exportDir = join(home, 'export');
  await mkdir(exportDir, { recursive: true });
  // One rpcbind serves the machine; somebody else's does as well.
  if (!(await answers(RPCBIND_PORT))) {
    await startProcess(dir, {
      name: 'rpcbind',
      command: RPCBIND,
      // Its own 127.0.0.1 comes with any other address; naming that one crashes it (1.2.6). Its TCP port has no such
      // option.
      args: ['-f', '-w', '-h', '127.0.0.2'],
      ready: () => answers(RPCBIND_PORT),
    });
  }
  const config = join(home, 'ganesha.conf');
  await writeFile(config, configuration(exportDir, port, mountPort));
  await startProcess(dir, {
    name: 'nfs',
    command: GANESHA,
    args: ['-F', '-f', config, '-L', join(home, 'ganesha.log'), '-p', join(home, 'ganesha.pid')],
    ready: () => isExported(exportDir),
  });
  return {
    address: ADDRESS,
    exportDir,
    urls: {
      version3: `nfs://${ADDRESS}${exportDir}?version=3&nfsport=${port}&mountport=${mountPort}`,
      version4: `nfs://${ADDRESS}${PSEUDO_PATH}?version=4&nfsport=${port}`,
    },
    pseudoPath: PSEUDO_PATH,
  };
}

function configuration(exportDir: string, port: number, mountPort: number): string {
  return `NFS_CORE_PARAM {
  Bind_addr = ${ADDRESS};
  NFS_Port = ${port};
  MNT_Port = ${mountPort};
  Protocols = 3, 4;
  Enable_NLM = false;
  Enable_RQUOTA = false;
}
NFSv4 { Graceless = true; }
EXPORT {
  Export_Id = 1;
  Path = ${exportDir};
  Pseudo = ${PSEUDO_PATH};
  Access_Type = RW;
  Squash = No_Root_Squash;
  SecType = sys;
  FSAL { Name = VFS; }
}
`;
}

async function isExported(exportDir: string): Promise<boolean> {
  const { stdout } = await run('showmount', ['--no-headers', '-e', ADDRESS]).catch(() => ({ stdout: '' }));
  return stdout.includes(exportDir);
}

async function answers(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: ADDRESS, port, timeout: PROBE_TIMEOUT_MS });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
