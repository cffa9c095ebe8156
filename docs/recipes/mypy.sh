#!/bin/sh
# mypy.sh ARG...: mypy in any work tree, from the cache that the last run of this branch, or else of main, left. The cache is
# published also where errors were found.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd)
exec "$here/worktree.sh" mypy .mypy_cache --publish-on 1 --quiet -- \
    "$here/touch-changed.sh" ${NEW_WORKTREE:+--new-worktree} mypy "$@"
