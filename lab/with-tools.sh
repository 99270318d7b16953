#!/bin/sh
# Runs a command of this checkout with the project's own Node and packages, which it installs first where they are
# missing or older than the lockfile. Standard output belongs to the command alone: notes go to standard error.
set -eu
cd "$(dirname "$0")/.."

# Two first commands at once would install into the same folder: the second one waits, and finds all done.
if command -v flock >/dev/null; then
  exec 9<package.json
  flock 9
fi

if [ ! -x node_modules/.bin/node ] || [ ! -f node_modules/.package-lock.json ] ||
  [ -n "$(find package-lock.json -newer node_modules/.package-lock.json)" ]; then
  command -v npm >/dev/null || {
    echo "npm is missing: install Node.js with npm, e.g. \`apt-get install -y nodejs npm\`." >&2
    exit 69
  }
  echo "Installing the packages of package-lock.json (npm ci; about a minute) …" >&2
  npm ci --loglevel=error --no-audit --no-fund >&2
  # So that the next run finds it newer than the lockfile, whatever time the checkout gave that.
  touch node_modules/.package-lock.json
fi
# Once after each installation.
if [ ! -f node_modules/.native-ssh ] || [ -n "$(find node_modules/.package-lock.json -newer node_modules/.native-ssh)" ]; then
  sh lab/tools/native-ssh.sh >&2
  touch node_modules/.native-ssh
fi

exec 9<&-
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
exec "$@"
