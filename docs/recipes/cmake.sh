#!/bin/sh
# cmake.sh ARG...: configures and builds the project of the current directory in any work tree, from what the last build of
# this branch, or else of main, with the same GENERATOR left in `build`. ARGs are those of `cmake --build`.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd)
exec "$here/worktree.sh" cmake build ${GENERATOR:+--key "$GENERATOR"} -- \
    "$here/touch-changed.sh" ${NEW_WORKTREE:+--new-worktree} \
    sh -c 'cmake -S . -B "$INCRDIR_SESSION" ${GENERATOR:+-G "$GENERATOR"} && exec cmake --build "$INCRDIR_SESSION" "$@"' cmake "$@"
