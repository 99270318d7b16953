// The configuration of the lab's Ceph: one monitor, one OSD without replicas, one object gateway, all on loopback.

export type CephPorts = { monV1: number; monV2: number; rgw: number };

/** The gateway's name in the cluster. */
export const GATEWAY = 'client.rgw.lab';
const HOST = '127.0.0.1';
/** The file is sparse: so much may be stored. */
const STORE_BYTES = 20 * 1024 ** 3;

export const monitorAddress = (ports: CephPorts): string =>
  `[v2:${HOST}:${ports.monV2},v1:${HOST}:${ports.monV1}]`;

/** `ceph.conf`. Paths of sockets must stay below 107 bytes, so `folder` is to be short. */
export function cephConfig(folder: string, fsid: string, ports: CephPorts): string {
  return `[global]
fsid = ${fsid}
mon host = ${monitorAddress(ports)}
public addr = ${HOST}
cluster addr = ${HOST}
# The gateway hangs without authentication.
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth_allow_insecure_global_id_reclaim = false
osd pool default size = 1
osd pool default min size = 1
mon allow pool size one = true
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
mon max pg per osd = 500
mon pg warn min per osd = 0
mon warn on pool no redundancy = false
osd crush chooseleaf type = 0
mon data = ${folder}/mon
osd data = ${folder}/osd0
mgr data = ${folder}/mgr
run dir = ${folder}/run
admin socket = ${folder}/run/$name.asok
log file = ${folder}/log/$name.log
pid file = ${folder}/run/$name.pid
keyring = ${folder}/keyring
osd objectstore = bluestore
bluestore block size = ${STORE_BYTES}
bluestore block create = true
bluestore fsck on mount = false
osd memory target = 1073741824
ms bind ipv4 = true
ms bind ipv6 = false
rgw frontends = beast endpoint=${HOST}:${ports.rgw}
rgw thread pool size = 64
rgw dns name = localhost
[${GATEWAY}]
rgw data = ${folder}/rgw
`;
}
