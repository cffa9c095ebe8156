#!/bin/sh
# cargo.sh ARG...: cargo in any work tree, from what the last build of this branch, or else of main, left in `target`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/worktree.sh" cargo target -- "$here/touch-changed.sh" ${NEW_WORKTREE:+--new-worktree} cargo "$@"
