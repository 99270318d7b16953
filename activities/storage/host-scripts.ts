// The shell scripts that serve a directory on a host. Each is a whole argument of `sh -c`; names of objects come as
// further arguments or on standard input, never inside a script. $1 is always the directory.

/** Statuses that no command below uses for anything else. */
export const NO_ROOT = 91;
export const NOT_FOUND = 92;
export const WRONG_BYTES = 93;

const ENTER = `set -u; cd -- "$1" 2>/dev/null || exit ${NO_ROOT}`;

/** openssl is twice as fast as coreutils on processors without SHA instructions. */
const SHA256 = `sha256() {
  if command -v openssl > /dev/null; then openssl dgst -sha256 -r; else sha256sum; fi | cut -c1-64
}`;

/**
 * $2 staging folder, $3 folder to begin in. NUL-ended records `key\\001size`, in byte order of the key: \\001 comes
 * before every character of a name. The last one is \\377 and the status of find, so that a listing that was cut
 * off is never taken for a whole one.
 */
export const LIST = `${ENTER}
{ if [ -z "$3" ] || [ -d "./$3" ]; then
    find "./$3" -ignore_readdir_race -path "./$2" -prune -o -type f -printf '%p\\001%s\\0'
  fi; printf '\\377%s\\0' $?; } | LC_ALL=C sed -z 's|^\\./||' | LC_ALL=C sort -z`;

/** $2 key. Prints size and digest. */
export const STAT = `${ENTER}; ${SHA256}
[ -f "./$2" ] || exit ${NOT_FOUND}
size=$(stat -c %s -- "./$2") || exit 1
echo "$size $(sha256 < "./$2")"`;

/** $2 key, $3 offset, $4 length or nothing. One \`+\` comes before the bytes. */
export const READ = `${ENTER}
[ -f "./$2" ] || exit ${NOT_FOUND}
exec < "./$2" || exit 1
printf +
if [ -n "$4" ]; then tail -c "+$(($3 + 1))" | head -c "$4"
elif [ "$3" -gt 0 ]; then tail -c "+$(($3 + 1))"
else cat; fi`;

/** Moves $file to the key $target. A folder on the way can vanish meanwhile, so it is tried more than once. */
const PLACE = `place() {
  tries=0
  until mkdir -p -- "./$(dirname -- "$target")" && mv -fT -- "$file" "./$target" 2>/dev/null; do
    tries=$((tries + 1)); [ $tries -lt 5 ] || { echo "cannot move into place: $target" >&2; exit 1; }
  done
}`;

/** $2 staging folder, $3 key, $4 unique name, $5 size, $6 digest or nothing. Prints the digest of what was written. */
export const WRITE = `${ENTER}; ${SHA256}; ${PLACE}
file="./$2/$4" target=$3
trap 'rm -f -- "$file"' EXIT; trap 'exit 1' HUP INT TERM PIPE
mkdir -p -- "./$2" && cat > "$file" && sync -- "$file" || exit 1
size=$(stat -c %s -- "$file") || exit 1
[ "$size" = "$5" ] || { echo "$size bytes instead of the $5 announced"; exit ${WRONG_BYTES}; }
digest=$(sha256 < "$file")
[ "\${#digest}" = 64 ] || exit 1
[ -z "$6" ] || [ "$digest" = "$6" ] || { echo "SHA-256 $digest instead of $6"; exit ${WRONG_BYTES}; }
place; sync -- "./$(dirname -- "$target")"; echo "$digest"`;

/** $2 staging folder, $3 key, $4 new key, $5 unique name. */
export const COPY = `${ENTER}; ${PLACE}
file="./$2/$5" target=$4
[ -f "./$3" ] || exit ${NOT_FOUND}
trap 'rm -f -- "$file"' EXIT
mkdir -p -- "./$2" && cp --reflink=auto -- "./$3" "$file" && sync -- "$file" && place || exit 1
sync -- "./$(dirname -- "$target")"`;

/** Keys, NUL-ended, on standard input. Folders go with their last object: the registry takes an empty one for a tag. */
export const REMOVE = `${ENTER}
xargs -0 -r sh -c 'for key do
  rm -f -- "./$key" || exit 255
  folder=$(dirname -- "$key")
  [ "$folder" = . ] || rmdir -p --ignore-fail-on-non-empty -- "$folder" 2>/dev/null
done; true' sh`;
