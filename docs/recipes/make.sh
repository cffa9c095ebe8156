#!/bin/sh
# make.sh ARG...: make in any work tree, from what the last build of this branch, or else of main, left in `build`.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd)
exec "$here/worktree.sh" make build -- "$here/touch-changed.sh" ${NEW_WORKTREE:+--new-worktree} make "$@"
