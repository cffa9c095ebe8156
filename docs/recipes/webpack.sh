#!/bin/sh
# webpack.sh ARG...: webpack 5 with `cache: { type: 'filesystem' }` in any work tree, from the cache that the last build of
# this branch, or else of main, left in its default place. Such a cache has only replaced files, so it may be linked.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd)
exec "$here/worktree.sh" webpack node_modules/.cache --seed link -- \
    "$here/touch-changed.sh" ${NEW_WORKTREE:+--new-worktree} node_modules/.bin/webpack "$@"
