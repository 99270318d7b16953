// The shell scripts of remote jobs. A remote job is a folder on the host:
//
//   owner    pid, start time and boot id of the one process that may run the command; made by link(2), which only
//            one of any number of starters can win, and complete from the first moment on
//   stdout   stderr   what the command printed, readable by the owner of the folder alone
//   status   its exit status, written when the outputs are complete and on disk
//
// Killed before `owner` exists, a starter has done nothing and the next one starts the command. From then on nobody
// else ever does: an owner that is gone without a status means that the outcome is unknown, and a person must look.

import { shellQuote } from '../../domain/shell-quote.ts';

/** Fails the script unless $owner names a process that lives: same pid, same start time, same boot, no zombie. */
const OWNER_LIVES = `owner_lives() {
  read -r pid started boot < "$dir/owner" || return 1
  [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] || return 1
  set -- $(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null)
  [ "\${20:-}" = "$started" ] && [ "$1" != Z ] && [ "$1" != X ]
}`;

/**
 * Runs the command as the owner of the remote job. SIGTERM to the group ends the command, whose status is still written. Secrets
 * come as lines of its input and go into the environment of the command alone: its own can be read for as long as it waits.
 */
const SUPERVISE = `dir=$1 stdin=$2 names=$3; shift 3
umask 077
for name in $names; do
  IFS= read -r "$name" || exit 1
  eval "$name=\\$(printf %s \\"\\$$name\\" | base64 -d; printf x); $name=\\\${$name%x}"
done
started=$(sed 's/.*) //' /proc/$$/stat | cut -d' ' -f20)
printf '%s %s %s\\n' $$ "$started" "$(cat /proc/sys/kernel/random/boot_id)" > "$dir/owner.$$"
if ! ln "$dir/owner.$$" "$dir/owner" 2>/dev/null; then rm -f "$dir/owner.$$"; exit 0; fi
rm -f "$dir/owner.$$"
trap : TERM
(for name in $names; do export "$name"; done; exec "$@") < "$stdin" > "$dir/stdout" 2> "$dir/stderr"
status=$?
printf '%s\\n' "$status" > "$dir/status.new"
sync "$dir/stdout" "$dir/stderr" "$dir/status.new" 2>/dev/null
mv "$dir/status.new" "$dir/status"`;

/**
 * Arguments: folder of the remote job, standard input of the command, the names of the secrets in the environment, the
 * command. Returns when the job has an owner.
 */
export const START_REMOTE_JOB = `dir=$1 stdin=$2 names=$3; shift 3
umask 077
mkdir -p "$dir" || exit 1
[ -r "$stdin" ] || { echo "cannot read $stdin" >&2; exit 1; }
without=
for name in $names; do without="$without -u $name"; done
for name in $names; do
  eval "printf %s \\"\\$$name\\"" | base64 -w0; echo
done | setsid env $without sh -c ${shellQuote(SUPERVISE)} sh "$dir" "$stdin" "$names" "$@" > /dev/null 2>&1 &
tries=0
while [ ! -e "$dir/owner" ] && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done`;

/**
 * Arguments: folder, bytes of the tails. Prints `none`, or `running`, `ended STATUS` or `died`, and then in lines of
 * their own the size of stdout and the ends of stdout and stderr in base64.
 */
export const PROBE_REMOTE_JOB = `dir=$1 tail=$2
${OWNER_LIVES}
[ -e "$dir/owner" ] || { echo none; exit 0; }
if [ -e "$dir/status" ]; then echo "ended $(cat "$dir/status")"
elif owner_lives; then echo running
elif [ -e "$dir/status" ]; then echo "ended $(cat "$dir/status")"
else echo died; fi
stat -c %s "$dir/stdout" 2>/dev/null || echo 0
tail -c "$tail" "$dir/stdout" 2>/dev/null | base64 -w0; echo
tail -c "$tail" "$dir/stderr" 2>/dev/null | base64 -w0; echo`;

/** Argument: folder. Asks the command and all its children to end. */
export const TERMINATE_REMOTE_JOB = `dir=$1
${OWNER_LIVES}
if [ -e "$dir/owner" ] && [ ! -e "$dir/status" ] && owner_lives; then kill -s TERM -- "-$pid"; fi`;

/** Argument: folder. Status 3 when the job still runs: its folder is what keeps it from being started again. */
export const REMOVE_REMOTE_JOB = `dir=$1
${OWNER_LIVES}
if [ -e "$dir/owner" ] && [ ! -e "$dir/status" ] && owner_lives; then exit 3; fi
rm -rf "$dir"`;
