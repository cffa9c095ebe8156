#!/usr/bin/env bash
# worktree.sh NAME DIR [OPTION]... -- CMD [ARG]...
#
# Runs CMD in this git work tree with DIR, such as `target`, out of an incrdir session: what the last build of this branch,
# or else of main, left there, in any work tree of this repository. DIR is published if CMD succeeds. OPTIONs are those of
# `incrdir run`.
#
# CMD sees every work tree at one and the same place: many tools keep absolute paths, and believe nothing of what was made
# elsewhere. NAME tells such places apart, and what is kept there.
set -euo pipefail
name=$1 dir=$2
shift 2
options=()
while [ "$1" != -- ]; do options+=("$1") && shift; done
shift

top=$(git rev-parse --show-toplevel)
repository=$(git rev-parse --path-format=absolute --git-common-dir)
repository=$(basename "${repository%/.git}")-$(printf %s "$repository" | cksum | cut -d ' ' -f 1)
branch=$(git symbolic-ref --quiet --short HEAD || echo detached)
cache=${INCRDIR_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/incrdir}/$repository/$name
mkdir -p "$cache/sessions" "$cache/tree" "$top/$dir"

exec incrdir run --root "$cache/sessions" --unit "$name" --key "$branch" --or-key "${INCRDIR_MAIN:-main}" \
    --bind "$top=$cache/tree" --at "$cache/tree/$dir" --chdir "$cache/tree${PWD#"$top"}" "${options[@]}" -- "$@"
