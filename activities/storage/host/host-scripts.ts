// The shell scripts that serve a directory on a host. Each is a whole argument of `sh -c`; names of objects come as
// further arguments or on standard input, never inside a script. $1 is always the directory.

/** Statuses that no command below uses for anything else. */
export const NO_ROOT = 91;
export const NOT_FOUND = 92;
export const WRONG_BYTES = 93;
/** The directory cannot hold the key. */
export const UNFIT = 94;

/** Lies in the folder of an NFS export while that is not mounted. */
export const NOT_MOUNTED_MARK = '.transship-not-mounted';

const ENTER_ONLY = `set -u; export LC_ALL=C; cd -- "$1" 2>/dev/null && [ ! -e ${NOT_MOUNTED_MARK} ] || exit ${NO_ROOT}`;

/** Keys as `./key`, NUL-ended, on standard input. --hard-dereference: the second name of a file has its bytes too. */
export const TAR = `${ENTER_ONLY}
LC_ALL=C exec tar -cf - --format=gnu --no-recursion --hard-dereference --null -T -`;

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
 * $2 staging folder, $3 folder to begin in. NUL-ended records `key\\001size`, in byte order of the key: \\001 comes
 * before every character of a name. The last one is \\377 and the status of find, so that a listing that was cut
 * off is never taken for a whole one.
 */
export const LIST = `${ENTER_ONLY}
{ if [ -z "$3" ] || [ -d "./$3" ]; then
    find "./$3" -ignore_readdir_race -path "./$2" -prune -o -type f -printf '%p\\001%s\\0'
  fi; printf '\\377%s\\0' $?; } | LC_ALL=C sed -z 's|^\\./||' | LC_ALL=C sort -z`;

/** $2 key. Prints size and digest. */
export const STAT = `${ENTER_ONLY}; ${SHA256}
[ -f "./$2" ] || exit ${NOT_FOUND}
size=$(stat -c %s -- "./$2") || exit 1
echo "$size $(sha256 < "./$2")"`;

/** $2 key, $3 offset, $4 length or nothing. One \`+\` comes before the bytes. */
export const READ = `${ENTER_ONLY}
[ -f "./$2" ] || exit ${NOT_FOUND}
exec < "./$2" || exit 1
printf +
if [ -n "$4" ]; then tail -c "+$(($3 + 1))" | head -c "$4"
elif [ "$3" -gt 0 ]; then tail -c "+$(($3 + 1))"
else cat; fi`;

/** Moves $file to the key $target. A folder on the way can vanish meanwhile, so it is tried more than once. */
export const PLACE = `place() {
  case $target in */*) folder=\${target%/*};; *) folder=.;; esac
  set -- "./$folder"; up=$folder
  while [ ! -d "./$up" ]; do
    case $up in */*) up=\${up%/*};; *) up=.;; esac
    set -- "$@" "./$up"
  done
  tries=0
  until { [ $# = 1 ] || mkdir -p -- "./$folder"; } && mv -fT -- "$file" "./$target" 2>/dev/null; do
    [ ! -d "./$target" ] || { echo "a folder has the name of the object: $target" >&2; exit ${UNFIT}; }
    tries=$((tries + 1)); [ $tries -lt 5 ] || { mv -fT -- "$file" "./$target" && break; exit 1; }
    mkdir -p -- "./$folder"
  done
  if [ -n "$owner" ]; then
    chown -h -- "$owner" "./$target" 2>/dev/null
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
trap 'rm -f -- "$file"' EXIT; trap 'exit 1' HUP INT TERM PIPE
mkdir -p -- "./$2" && cat > "$file" || exit 1
finish`;

/** $2 staging folder, $3 key, $4 new key, $5 unique name. */
export const COPY = `${ENTER}; ${PLACE}
sync=each file="./$2/$5" target=$4
[ -f "./$3" ] || exit ${NOT_FOUND}
trap 'rm -f -- "$file"' EXIT
mkdir -p -- "./$2" && cp --reflink=auto --sparse=auto -- "./$3" "$file" && sync -- "$file" || exit 1
place`;

/** Keys, NUL-ended, on standard input. Folders go with their last object: the registry takes an empty one for a tag. */
export const REMOVE = `${ENTER_ONLY}
xargs -0 -r sh -c 'for key do
  rm -f -- "./$key" || exit 255
  folder=$(dirname -- "$key")
  [ "$folder" = . ] || rmdir -p --ignore-fail-on-non-empty -- "$folder" 2>/dev/null
done; true' sh`;
