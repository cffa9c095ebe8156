# What the cases have in common. Each is run by `cargo xtask recipes` in an empty directory of its own, with incrdir on PATH
# and the recipes in $RECIPES. 0 is passed, 77 is NOT RUN, with the reason on the last line.
set -euo pipefail
export INCRDIR_CACHE=$PWD/cache
unset CARGO_TARGET_DIR RUSTFLAGS INCRDIR_KEEP INCRDIR_GRACE INCRDIR_QUARANTINE INCRDIR_MAX_AGE INCRDIR_MAX_SIZE INCRDIR_FREE
export INCRDIR_CONFIG=
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
export GIT_CONFIG_GLOBAL=/dev/null CARGO_NET_OFFLINE=true

not_run() { echo "$1" && exit 77; }
need() { for tool; do command -v "$tool" >/dev/null || not_run "there is no $tool"; done; }
wrong() { echo "$1" && exit 1; }
same() { [ "$2" = "$3" ] || wrong "$1 is \`$2\`, should be \`$3\`"; }

# Every recipe binds the work tree to one place, which the fallback of `--at` cannot do.
unshare -m true 2>log || unshare -Urm true 2>log || not_run 'mount namespaces are not to be had here'

# A repository `main` in the current directory out of what is in it, and a work tree `other` of the branch `other`.
repository() {
    git -C main init -q -b main
    git -C main add -A
    git -C main commit -qm first
    git -C main worktree add -q -b other ../other
}

# Seconds that a command takes, on standard output; what it prints goes to the file `log`.
seconds() {
    local from to
    from=$(date +%s%N)
    "$@" >>"${LOG:-log}" 2>&1 || { tail -n 5 "${LOG:-log}" >&2 && return 1; }
    to=$(date +%s%N)
    awk "BEGIN { printf \"%.2f\", ($to - $from) / 1e9 }"
}
