// The shell scripts by which the configuration of a registry is read and replaced on its host. Beside the file there may be
//
//   *.transship-new       what is about to take its place; never read, written anew by whoever goes on
//   *.transship-restart   it was replaced, and the registry was not seen well with it since
//   *.transship-RUN       the file as it was before this run touched it; never overwritten
//
// Wherever one is killed, the file is the old or the new one as a whole, with its mode, owner and labels.

/** So that of two who come at once one waits; where there is no flock the comparison with what was read has to do. */
const LOCKED = `exec 9< "$(dirname -- "$config")"
if command -v flock > /dev/null; then flock -w 20 9; fi`;

/** With labels and attributes where there are any and they can be kept; the cp of BusyBox knows of none. */
const copy = (paths: string): string => `cp --preserve=all -- ${paths} 2> /dev/null || cp -p -- ${paths}`;

/** Argument: file. Prints its mode, whether a restart is due (1 or 0), and then the file. */
export const READ_CONFIG = `config=$(readlink -f -- "$1") && [ -f "$config" ] || { echo "there is no file $1" >&2; exit 1; }
printf '%s ' "$(stat -c %a -- "$config")"
if [ -e "$config.transship-restart" ]; then echo 1; else echo 0; fi
cat -- "$config"`;

/** Exit statuses of the next script. */
export const SWAP = { otherwise: 3, cutOff: 4, owner: 5 };

/**
 * Arguments: file, SHA-256 of what is to be replaced, SHA-256 of what comes in its place, which is the standard input. That is
 * compared, because a connection that breaks looks like the end of the input.
 */
export const SWAP_CONFIG = `set -e
umask 077
config=$(readlink -f -- "$1") from=$2 to=$3 new=$config.transship-new
sum() { sha256sum < "$1" | cut -d' ' -f1; }
${LOCKED}
now=$(sum "$config")
if [ "$now" = "$to" ]; then rm -f -- "$new"; exit 0; fi
[ "$now" = "$from" ] || exit ${SWAP.otherwise}
rm -f -- "$new"
${copy('"$config" "$new"')}
cat > "$new"
[ "$(sum "$new")" = "$to" ] || { rm -f -- "$new"; exit ${SWAP.cutOff}; }
[ "$(stat -c '%u:%g %a' -- "$new")" = "$(stat -c '%u:%g %a' -- "$config")" ] || { rm -f -- "$new"; exit ${SWAP.owner}; }
sync "$new"
: > "$config.transship-restart"
mv -f -T -- "$new" "$config"
sync "$(dirname -- "$config")"`;

/** Argument: file. */
export const NOTE_RESTARTED = `rm -f -- "$(readlink -f -- "$1").transship-restart"`;

/** Arguments: file, name of the run. */
export const BACK_UP_CONFIG = `set -e
umask 077
config=$(readlink -f -- "$1") to=$config.transship-$2
${LOCKED}
if [ -e "$to" ]; then exit 0; fi
${copy('"$config" "$to.new"')}
sync "$to.new"
mv -T -- "$to.new" "$to"`;

/** Arguments: file, name of the run. Prints the file as it was before the run; status 1: nobody has kept it. */
export const READ_BACKUP = `config=$(readlink -f -- "$1"); [ -f "$config.transship-$2" ] && cat -- "$config.transship-$2"`;
