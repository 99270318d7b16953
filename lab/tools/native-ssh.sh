#!/bin/sh
# The native part of ssh2 decrypts several times as fast as JavaScript, and npm compiles it for the headers that npm
# finds: those of the machine's Node, whose modules the pinned one does not load. Here it is compiled for the pinned Node,
# with the headers that the `node` package carries. Without it everything works, more slowly, so this never fails.
# (Of cpu-features ssh2 only learns which cipher to prefer, which activities/hosts/ssh-connection.ts says itself.)
set -u
cd "$(dirname "$0")/../.."
pinned=node_modules/.bin/node
crypto=node_modules/ssh2/lib/protocol/crypto
log=node_modules/.native-ssh.log

loads() {
  "$pinned" -e "require('./$crypto/build/Release/sshcrypto.node')" 2>/dev/null
}

loads && exit 0
version=$("$pinned" -p process.versions.node)
echo "Compiling the native part of ssh2 for Node $version (some seconds) …"
for headers in "$PWD"/node_modules/node/node_modules/node-*/; do
  # By npm's own Node and node-gyp: npm tells its scripts of both. Where npm is told of headers, which it passes on by
  # this variable, node-gyp prefers them to its option --nodedir.
  npm_config_nodedir="$headers" \
    "${npm_node_execpath:-node}" "${npm_config_node_gyp:-$(npm config get node-gyp)}" rebuild \
    --directory="$crypto" --target="$version" \
    --real_openssl_major="$("$pinned" -p 'process.versions.openssl.split(".")[0]')" >"$log" 2>&1
done
loads && exit 0
echo "It could not be compiled, so packets are decrypted in JavaScript: copies over SSH are slower. From $log:"
grep -i -m 3 -e 'error' -e 'not found' -e 'no such' "$log"
echo "It takes Python 3, make and a C++ compiler. When they are there: sh lab/tools/native-ssh.sh"
exit 0
