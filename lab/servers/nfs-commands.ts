// What a host of the lab has for NFS: `mount`, `umount`, `mountpoint` and `showmount` that do for the lab's exports what
// the real ones do. A kernel's NFS client cannot be had everywhere, and mounts would outlive a lab that is killed: a
// mounted export is a link to its folder here, and what a mount would cover lies beside it meanwhile.

import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const COVERED = '.covered';

/** Called as `mount -t nfs -o OPTIONS -- SERVER:PATH FOLDER`; everything else is the real one's. */
const MOUNT = `[ "$1 $2 $3" = '-t nfs -o' ] || exec /bin/mount "$@"
shift 4; [ "$1" != -- ] || shift
exported="$LAB_DIR/nfs/\${1%%:*}\${1#*:}"
if [ ! -d "$exported" ]; then
  echo "mount.nfs: mounting $1 failed, reason given by server: No such file or directory" >&2; exit 32
fi
mv -- "$2" "$2${COVERED}" && ln -s -- "$exported" "$2"`;

const UMOUNT = `[ "$1" != -- ] || shift
[ -L "$1" ] && [ -d "$1${COVERED}" ] || exec /bin/umount -- "$1"
rm -- "$1" && mv -- "$1${COVERED}" "$1"`;

const MOUNTPOINT = `for folder; do :; done
[ -L "$folder" ] && [ -d "$folder${COVERED}" ] && exit 0
exec /bin/mountpoint "$@"`;

/** Called as `showmount --no-headers -e SERVER`. */
const SHOWMOUNT = `for server; do :; done
if ! cd "$LAB_DIR/nfs/$server" 2>/dev/null; then
  echo "clnt_create: RPC: Unable to receive" >&2; exit 1
fi
for folder in */*; do echo "/$folder (everyone)"; done`;

const COMMANDS = { mount: MOUNT, umount: UMOUNT, mountpoint: MOUNTPOINT, showmount: SHOWMOUNT };

/** Puts them where the shell of the host finds them first. */
export async function writeNfsCommands(dir: string, node: string): Promise<void> {
  const folder = join(dir, 'hosts', node, 'bin');
  await mkdir(folder, { recursive: true });
  for (const [name, script] of Object.entries(COMMANDS)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }
}
