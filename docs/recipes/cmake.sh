#!/bin/sh
# cmake.sh ARG...: configures and builds in any work tree, from what the last build of this branch, or else of main, left in
# `build`. ARGs are those of `cmake --build`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/worktree.sh" cmake build -- "$here/touch-changed.sh" ${NEW_WORKTREE:+--new-worktree} \
    sh -c 'cmake -S . -B build ${GENERATOR:+-G "$GENERATOR"} && exec cmake --build build "$@"' cmake "$@"
