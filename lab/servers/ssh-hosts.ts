// The lab's hosts: one real sshd for each node, on this machine. Each node has a home, a state folder, a folder for
// volumes and a `bin` folder that is first in PATH, where the lab puts its `docker`. Each has a host key of its own.

import { execFile } from 'node:child_process';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { HostEntry } from '../../contracts/inventory.ts';
import { logFile, startProcess } from '../process.ts';

const run = promisify(execFile);

const SSHD = '/usr/sbin/sshd';
/** Where sshd, started by root, insists on an empty folder for its unprivileged part. */
const PRIVILEGE_SEPARATION_DIR = '/run/sshd';
const READY_PROBE_TIMEOUT_MS = 1000;
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export type SshNode = { name: string; address: string; port: number };

export type SshHost = SshNode & {
  user: string;
  /** Private key of the client on this machine. */
  keyFile: string;
  /** Pinned host key, `ssh-ed25519 AAAA…`. */
  hostKey: string;
  binDir: string;
  homeDir: string;
  volumesDir: string;
  stateDir: string;
};

export type SshHostsOptions = {
  nodes: SshNode[];
  /** More variables of every command on the node, e.g. where the lab's `docker` finds its state. No secrets. */
  environment?: (node: SshNode) => Record<string, string>;
};

/** Starts an sshd for each node unless it runs. Needs Debian's openssh-server. */
export async function startSshHosts(dir: string, options: SshHostsOptions): Promise<SshHost[]> {
  await access(SSHD).catch(() => {
    throw new Error(
      'sshd is missing: install it with `apt-get install -y --no-install-recommends openssh-server`',
    );
  });
  if (userInfo().uid === 0) await mkdir(PRIVILEGE_SEPARATION_DIR, { recursive: true });
  const keys = join(dir, 'ssh');
  await mkdir(keys, { recursive: true });
  const keyFile = join(keys, 'client_ed25519');
  await makeKey(keyFile, 'transship-lab');
  return await Promise.all(
    options.nodes.map((node) => startNode(dir, node, keyFile, options.environment?.(node) ?? {})),
  );
}

export const sshProcessName = (node: string): string => `ssh-${node}`;

/** The host as the inventory names it. */
export const hostEntryOf = (host: SshHost): HostEntry => ({
  address: host.address,
  port: host.port,
  user: host.user,
  key: { file: host.keyFile },
  hostKeys: [host.hostKey],
  stateDir: host.stateDir,
});

async function startNode(
  dir: string,
  node: SshNode,
  keyFile: string,
  environment: Record<string, string>,
): Promise<SshHost> {
  const root = join(dir, 'hosts', node.name);
  const host = {
    ...node,
    user: userInfo().username,
    keyFile,
    binDir: join(root, 'bin'),
    homeDir: join(root, 'home'),
    volumesDir: join(root, 'volumes'),
    stateDir: join(root, 'state'),
  };
  for (const folder of [host.binDir, host.homeDir, host.volumesDir, host.stateDir]) {
    await mkdir(folder, { recursive: true });
  }
  const hostKeyFile = join(dir, 'ssh', `${node.name}_ed25519`);
  await makeKey(hostKeyFile, node.name);
  const config = join(dir, 'ssh', `${node.name}.conf`);
  await writeFile(config, sshdConfig(dir, host, hostKeyFile, environment));
  await startProcess(dir, {
    name: sshProcessName(node.name),
    command: SSHD,
    // An absolute path, because sshd starts itself again after a change to the folder `/`.
    args: ['-D', '-f', config, '-E', logFile(dir, `${sshProcessName(node.name)}-auth`)],
    env: { PATH: SYSTEM_PATH },
    ready: () => greets(node),
  });
  const [type, key] = (await readFile(`${hostKeyFile}.pub`, 'utf8')).split(' ');
  return { ...host, hostKey: `${type} ${key}` };
}

function sshdConfig(
  dir: string,
  host: Omit<SshHost, 'hostKey'>,
  hostKeyFile: string,
  environment: Record<string, string>,
): string {
  // With SHLVL bash does not take itself for a shell started by sshd, so it skips ~/.bashrc, which takes 0.2 s on
  // some machines; SetEnv replaces what sshd itself would set.
  const variables = {
    PATH: `${host.binDir}:${SYSTEM_PATH}`,
    HOME: host.homeDir,
    SHLVL: '1',
    LAB_DIR: dir,
    LAB_NODE: host.name,
    ...environment,
  };
  const setEnv = Object.entries(variables).map(([name, value]) => `"${name}=${value}"`);
  return `${[
    `ListenAddress ${host.address}:${host.port}`,
    `HostKey ${hostKeyFile}`,
    `PidFile none`,
    `AuthorizedKeysFile ${host.keyFile}.pub`,
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'PermitRootLogin prohibit-password',
    'PrintMotd no',
    `SetEnv ${setEnv.join(' ')}`,
  ].join('\n')}\n`;
}

async function makeKey(file: string, comment: string): Promise<void> {
  const there = await access(file).then(
    () => true,
    () => false,
  );
  if (!there) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
}

/** True when a server on that port says `SSH-2.0-…`. */
async function greets(node: SshNode): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: node.address, port: node.port, timeout: READY_PROBE_TIMEOUT_MS });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (data) => end(data.toString('latin1').startsWith('SSH-')));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}
