#!/bin/sh
# mypy.sh ARG...: mypy in any work tree, from the cache that the last run of this branch, or else of main, left. The cache is
# published also where errors were found.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
status=$(mktemp)
trap 'rm -f "$status"' EXIT
STATUS=$status "$here/worktree.sh" mypy .mypy_cache --quiet -- "$here/touch-changed.sh" ${NEW_WORKTREE:+--new-worktree} sh -c '
    mypy "$@"
    found=$? && echo $found >"$STATUS" && [ $found -le 1 ]' mypy "$@"
exit "$(cat "$status")"
