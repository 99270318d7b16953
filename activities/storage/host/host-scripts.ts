// The shell scripts that serve a directory on a host. Each is a whole argument of `sh -c`; names of objects come as
// further arguments or on standard input, never inside a script. $1 is always the directory.

import { shellQuote } from '../../../domain/shell-quote.ts';

/** Statuses that no command below uses for anything else. */
export const NO_ROOT = 91;
export const NOT_FOUND = 92;
export const WRONG_BYTES = 93;
/** The directory cannot hold the key. */
export const UNFIT = 94;
/** There is an object of the key that was to be new. */
export const THERE_ALREADY = 95;

/** Lies in the folder of an NFS export while that is not mounted. */
export const NOT_MOUNTED_MARK = '.transship-not-mounted';

/** What is said of a key that would be reached by a link; whoever makes links in the directory must not lead us out of it. */
export const LINK_SAYS = 'a link lies on the way to';

/** $base: the directory without links. A script that begins with REAL takes none on the way to the directory either. */
const ENTER_ONLY = `set -u; export LC_ALL=C; cd -P -- "$1" 2>/dev/null && [ ! -e ${NOT_MOUNTED_MARK} ] || exit ${NO_ROOT}
[ -z "\${real-}" ] || [ "$PWD" = "$1" ] || { echo "${LINK_SAYS} $1" >&2; exit ${UNFIT}; }
base=$PWD; [ "$base" != / ] || base=`;
export const REAL = 'real=yes; ';

/**
 * Changes into a folder of the directory, and ends where a link leads elsewhere: what is then done with a name alone is
 * done there and nowhere else, whatever becomes of the path meanwhile. 1: there is no such folder.
 */
export const INTO = `into() {
  [ "$1" != . ] || return 0
  cd -P -- "./$1" 2>/dev/null || return 1
  [ "$PWD" = "$base/$1" ] || { echo "${LINK_SAYS} $1" >&2; exit ${UNFIT}; }
}
into_folder_of() { case $1 in */*) into "\${1%/*}";; esac; }
into_staging() { [ -d "./$1" ] || mkdir -- "./$1"; into "$1" || exit 1; }`;

/** Opens the object of a key as standard input: what it is asked for is what the descriptor has, not the path. */
const OPEN = `${INTO}
open_object() {
  into_folder_of "$1" || exit ${NOT_FOUND}
  name=\${1##*/}
  [ ! -L "./$name" ] || { echo "${LINK_SAYS} $1" >&2; exit ${UNFIT}; }
  [ -f "./$name" ] || exit ${NOT_FOUND}
  exec < "./$name" || exit 1
  case $(readlink -n /proc/self/fd/0; echo .) in
    "$PWD/$name." | "$PWD/$name (deleted).") ;;
    *) echo "${LINK_SAYS} $1" >&2; exit ${UNFIT};;
  esac
}`;

/**
 * Keys as \`./key\`, NUL-ended, on standard input. tar follows links of folders: that there are none is looked at before
 * and after it. --hard-dereference: the second name of a file has its bytes too.
 */
export const TAR = `${ENTER_ONLY}
names=$(mktemp -d) || exit 1
trap 'rm -rf -- "$names"' EXIT; trap 'exit 1' HUP INT TERM PIPE
cat > "$names/keys" && sed -z 's|/[^/]*$||' < "$names/keys" | sort -zu > "$names/folders" || exit 1
sed -z 's|^\\./||' < "$names/folders" > "$names/expected"
no_links() {
  xargs -0 -r realpath -zm --relative-base=. -- < "$names/folders" | cmp -s - "$names/expected" ||
    { echo "${LINK_SAYS} one of the objects" >&2; exit ${UNFIT}; }
}
no_links
tar -cf - --format=gnu --no-recursion --hard-dereference --null -T "$names/keys"; status=$?
no_links
exit $status`;

/**
 * What is made gets the mode of the directory, and its owner where that is another user and permitted: the registry
 * must be able to read and replace it.
 */
export const ENTER = `${ENTER_ONLY}
owner=$(stat -c %u:%g .) mode=$(stat -c %a .) || exit 1
umask "$(printf %03o $((0777 & ~0$mode)))"
[ "$owner" != "$(id -u):$(id -g)" ] || owner=`;

/** openssl is twice as fast as coreutils on processors without SHA instructions. */
export const SHA256 = `sha256() {
  if command -v openssl > /dev/null; then openssl dgst -sha256 -r; else sha256sum; fi | cut -c1-64
}`;

/**
 * $2 staging folder, $3 folder to begin in. NUL-ended records `key\\001type size`, in byte order of the key: \\001 comes
 * before every character of a name. What is no file is there, too, with find's letter for it. The last one is \\377 and the
 * status of find, so that a listing that was cut off is never taken for a whole one. No link is followed.
 */
export const LIST = `${ENTER_ONLY}
{ if [ -z "$3" ] || { cd -P -- "./$3" 2>/dev/null && [ "$PWD/" = "$base/$3" ] && cd -- "$base/"; }; then
    find "./$3" -ignore_readdir_race -path "./$2" -prune -o ! -type d -printf '%p\\001%y%s\\0'
  fi; printf '\\377%s\\0' $?; } | LC_ALL=C sed -z 's|^\\./||' | LC_ALL=C sort -z`;

/**
 * Of each key, NUL-ended: \`-\` where there is no link, \`?\` where nothing is, or a link to nothing; else \`d\` for a
 * folder, \`e\` for one with nothing but folders or \`f\` for a file, and where it really leads.
 */
export const FOLLOW = `${ENTER_ONLY}
shift
for key do
  if [ ! -e "./$key" ]; then printf '?\\0'; continue; fi
  if [ ! -L "./$key" ]; then printf '%s\\0' -; continue; fi
  if [ ! -d "./$key" ]; then printf f
  elif [ -n "$(find "./$key/" ! -type d -printf x -quit)" ]; then printf d; else printf e; fi
  realpath -ze -- "./$key" || exit 1
done`;

/** Prints the directory without links. */
export const WHERE = `${ENTER_ONLY}; echo "$PWD"`;

/** Prints the bytes that are free for whoever asks, the free inodes and all inodes. */
export const FREE = `${ENTER_ONLY}; df --output=avail,iavail,itotal -B1 . | tail -n 1`;

/**
 * Prints what the scripts need and the host has not, a line each. Those of GNU do what they are asked for here; others have
 * the same names on small systems and do not.
 */
export const LACKS = `export LC_ALL=C
for tool in find sed sort xargs tar stat cp mv df head tail realpath mktemp; do
  $tool --version 2>/dev/null | head -n 1 | grep -q GNU || echo "GNU $tool"
done
for tool in sync dd; do command -v $tool > /dev/null || echo $tool; done
command -v openssl > /dev/null || command -v sha256sum > /dev/null || echo 'openssl or sha256sum'
[ -e /proc/self/fd ] || echo /proc`;

/** $2 key. Prints size and digest. */
export const STAT = `${ENTER_ONLY}; ${SHA256}; ${OPEN}
open_object "$2"
size=$(stat -Lc %s /proc/self/fd/0) || exit 1
echo "$size $(head -c "$size" | sha256)"`;

/**
 * $2 key, $3 offset, $4 length or nothing. One \`+\` comes before the bytes. The end is that of the object when it was
 * opened: one that grows as fast as it is read would have none.
 */
export const READ = `${ENTER_ONLY}; ${OPEN}
open_object "$2"
size=$(stat -Lc %s /proc/self/fd/0) || exit 1
printf +
left=$((size - $3)); [ "$left" -gt 0 ] || exit 0
[ -z "$4" ] || [ "$4" -gt "$left" ] || left=$4
if [ "$3" -gt 0 ]; then tail -c "+$(($3 + 1))" | head -c "$left"; else head -c "$left"; fi`;

/** Moves $file to the key $target. A folder on the way can vanish meanwhile, so it is tried more than once. */
export const PLACE = `${INTO}
place() {
  case $target in */*) folder=\${target%/*};; *) folder=.;; esac
  set -- "./$folder"; up=$folder
  while [ ! -d "./$up" ]; do
    case $up in */*) up=\${up%/*};; *) up=.;; esac
    set -- "$@" "./$up"
  done
  into "$up"; cd -- "$base/" || exit 1
  tries=0
  until { [ $# = 1 ] || mkdir -p -- "./$folder"; } && into "$folder" &&
    mv -fT -- "$base/$file" "./\${target##*/}" 2>/dev/null; do
    cd -- "$base/" || exit 1
    [ ! -d "./$target" ] || { echo "a folder has the name of the object: $target" >&2; exit ${UNFIT}; }
    tries=$((tries + 1)); [ $tries -lt 5 ] || { mv -fT -- "$file" "./$target" && break; exit 1; }
    mkdir -p -- "./$folder"
  done
  [ -z "$owner" ] || chown -h -- "$owner" "./\${target##*/}" 2>/dev/null
  cd -- "$base/" || exit 1
  if [ -n "$owner" ]; then
    for made do [ "$made" = "./$up" ] || chown -h -- "$owner" "$made" 2>/dev/null; done
  fi
  if [ "$sync" = each ]; then sync -- "$@" || exit 1; fi
}`;

/** $file is proved, $size and $digest (or nothing) are expected; then it is moved to $target. Prints the digest. */
export const FINISH = `finish() {
  found=$(stat -c %s -- "$file") || exit 1
  [ "$found" = "$size" ] || { echo "$found bytes instead of the $size announced"; exit ${WRONG_BYTES}; }
  sync -- "$file" || exit 1
  actual=$(sha256 < "$file")
  [ "\${#actual}" = 64 ] || exit 1
  [ -z "$digest" ] || [ "$actual" = "$digest" ] || { echo "SHA-256 $actual instead of $digest"; exit ${WRONG_BYTES}; }
  place; echo "$actual"
}`;

/** $2 staging folder. Removes what killed commands have left. Of an upload that goes on, something is written more often than once a day. */
export const SWEEP = `${ENTER_ONLY}
[ ! -d "./$2" ] || find "./$2" -mindepth 1 -maxdepth 1 -mtime +0 -exec rm -rf -- {} + 2>/dev/null; true`;

/** $2 staging folder, $3 key, $4 unique name, $5 size, $6 digest or nothing. Prints the digest of what was written. */
export const WRITE = `${ENTER}; ${SHA256}; ${PLACE}; ${FINISH}
sync=each file="./$2/$4" target=$3 size=$5 digest=$6
trap 'rm -f -- "$base/$file"' EXIT; trap 'exit 1' HUP INT TERM PIPE
into_staging "$2"; cat > "./$4" && cd -- "$base/" || exit 1
finish`;

/** $2 staging folder, $3 key, $4 unique name. Of many who make a hard link of one name at once, one succeeds. */
export const CREATE = `${ENTER}; ${INTO}
file="./$2/$4" folder=.
case $3 in */*) folder=\${3%/*};; esac
trap 'rm -f -- "$base/$file"' EXIT; trap 'exit 1' HUP INT TERM PIPE
into_staging "$2"; cat > "./$4" && sync -- "./$4" && cd -- "$base/" || exit 1
mkdir -p -- "./$folder" && into "$folder" || exit 1
if ln -T -- "$base/$file" "./\${3##*/}"; then sync -- "$base/$folder"; exit; fi
[ ! -e "./\${3##*/}" ] || exit ${THERE_ALREADY}
exit 1`;

/** $2 staging folder, $3 key, $4 new key, $5 unique name. */
export const COPY = `${ENTER}; ${PLACE}; ${OPEN}
sync=each file="./$2/$5" target=$4
trap 'rm -f -- "$base/$file"' EXIT
open_object "$3"; cd -- "$base/" || exit 1
into_staging "$2"; cp --reflink=auto --sparse=auto -- /proc/self/fd/0 "./$5" && sync -- "./$5" || exit 1
cd -- "$base/" || exit 1
place`;

/**
 * Keys, NUL-ended, on standard input. Prints \`seconds key\`, NUL-ended, of those that are there: when their content or
 * attributes were changed last, which whoever writes cannot set back as the modification time can be.
 */
export const WRITTEN = `${ENTER_ONLY}
export base
xargs -0 -r sh -c ${shellQuote(`${INTO}
trap '[ $? = 0 ] || exit 255' EXIT
for key do
  cd -- "$base/" || exit 1
  into_folder_of "$key" || continue
  [ ! -d "./\${key##*/}" ] || continue
  if seconds=$(stat -c %.3Z -- "./\${key##*/}" 2>/dev/null); then printf '%s %s\\0' "$seconds" "$key"
  elif [ -e "./\${key##*/}" ]; then exit 1; fi
done; true`)} sh`;

/** Keys, NUL-ended, on standard input. Folders go with their last object: the registry takes an empty one for a tag. */
export const REMOVE = `${ENTER_ONLY}
export base
xargs -0 -r sh -c ${shellQuote(`${INTO}
trap '[ $? = 0 ] || exit 255' EXIT
for key do
  cd -- "$base/" || exit 1
  into_folder_of "$key" || continue
  rm -f -- "./\${key##*/}" || exit 1
  cd -- "$base/" || exit 1
  case $key in */*) rmdir -p --ignore-fail-on-non-empty -- "\${key%/*}" 2>/dev/null;; esac
done; true`)} sh`;
