#!/usr/bin/env bash
# worktree.sh NAME DIR [OPTION]... -- CMD [ARG]...
#
# Runs CMD in this git work tree with DIR, such as `target`, out of an incrdir session: what the last build of this branch,
# or else of main, left there, in any work tree of this repository. DIR is published if CMD succeeds. OPTIONs are those of
# `incrdir run`.
#
# CMD sees every work tree at one and the same place: many tools keep absolute paths, and believe nothing of what was made
# elsewhere. NAME tells such places apart, and what is kept there.
#
#   INCRDIR_CACHE   where everything is kept (an absolute path; default: incrdir in the user's directory for caches)
#   INCRDIR_MAIN    the branches that a new one starts from (default: main master)
set -euo pipefail

fail() { echo "worktree.sh: $1" >&2 && exit 2; }

[ $# -ge 2 ] || fail 'give NAME DIR [OPTION]... -- CMD [ARG]...'
name=$1 dir=$2
shift 2
options=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1") && shift; done
[ $# -gt 1 ] || fail 'there is no CMD; give NAME DIR [OPTION]... -- CMD [ARG]...'
shift
command -v incrdir >/dev/null || fail 'there is no incrdir on PATH; install it with `cargo install --path crates/cli` in its repository'

top=$(git rev-parse --show-toplevel)
below=$(git rev-parse --show-prefix)
if [ -f "$top/.git" ] && ! grep -q '^gitdir: /' "$top/.git"; then
    fail "\`$top/.git\` names its repository by a relative path, which leads nowhere from the place at which CMD sees the work tree; use a work tree with an absolute path, and for a submodule the repository that it is in"
fi
repository=$(git rev-parse --path-format=absolute --git-common-dir)
repository=$(basename "${repository%/.git}")-$(printf %s "$repository" | cksum | cut -d ' ' -f 1)
branch=$(git symbolic-ref --quiet --short HEAD || echo detached)
cache=${INCRDIR_CACHE:-${XDG_CACHE_HOME:-${HOME:?is not set, and neither is INCRDIR_CACHE}/.cache}/incrdir}
[ "${cache#/}" != "$cache" ] || fail "\`$cache\` is no absolute path; give one in INCRDIR_CACHE"
cache=$cache/$repository/$name
# What others may write would be refused.
(umask go-w && mkdir -p "$cache/sessions" "$cache/tree")
mkdir -p "$top/$dir"

mains=()
for main in ${INCRDIR_MAIN:-main master}; do mains+=(--or-key "$main"); done
exec incrdir run --root "$cache/sessions" --unit "$name" "${options[@]}" --key "$branch" "${mains[@]}" \
    --bind "$top=$cache/tree" --at "$cache/tree/$dir" --chdir "$cache/tree/$below" -- "$@"
