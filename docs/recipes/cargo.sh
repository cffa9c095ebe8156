#!/bin/sh
# cargo.sh ARG...: cargo in any work tree, from what the last build of this branch, or else of main, left in `target` at the top of
# the work tree. It is published also if compiling or a test failed, as cargo's own directory would keep it.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd)
exec "$here/worktree.sh" cargo target --publish-on 101 -- "$here/touch-changed.sh" ${NEW_WORKTREE:+--new-worktree} \
    sh -c 'CARGO_TARGET_DIR=$INCRDIR_SESSION exec cargo "$@"' cargo "$@"
