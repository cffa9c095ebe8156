#!/usr/bin/env bash
# touch-changed.sh [--new-worktree] [--also PATH]... CMD [ARG]...
#
# Runs CMD, a build that believes times (cargo, make, ninja), in an incrdir session, and sees to it that they are true. To be
# run in a git work tree, inside `incrdir run`. README.md beside this file says why it is needed, and why it is right. The exit
# status is that of CMD: what it made before it failed is as good.
#
# A list in the session has what each source contained, and since when. Before CMD, a source that is not what the list says
# is one since now; then every source that is older than that is touched. Nothing else in the work tree changes.
#
#   --also PATH       this file or directory is a source although git ignores it (those named in *.d files are found without)
#   --new-worktree    also set sources back that are newer. Only where nothing else has built since the work tree was made:
#                     another tool would take a source that was set back for one that has not changed
set -euo pipefail
export LC_ALL=C

set_back=no also=()
while :; do
    case ${1-} in
    --new-worktree) set_back=yes && shift ;;
    --also) also+=("$2") && shift 2 ;;
    *) break ;;
    esac
done
session=$(cd "${INCRDIR_SESSION:?is not set: run this inside incrdir run}" && pwd -P)
list=$session/.incrdir-sources
from=$PWD
top=$(git rev-parse --show-toplevel)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# `ID<TAB>PATH` for all that git would commit here, untracked files included, each ended by NUL. The repository's index and
# objects stay as they are. $1 is the path of a submodule, with a slash.
sources() {
    local index objects mode id path all=(.)
    index=$(mktemp -u "$tmp/index.XXXXXX")
    objects=$(git rev-parse --path-format=absolute --git-path objects)
    cp "$(git rev-parse --git-path index)" "$index" 2>"$tmp/none" || true
    # assume-unchanged and skip-worktree: git would not look at these files.
    if GIT_INDEX_FILE=$index git ls-files -v | grep '^[a-zS]' >"$tmp/none"; then rm "$index"; fi
    case $session/ in
    "$PWD"/?*) git check-ignore -q -- "$session" || all+=(":(exclude,top,literal)${session#"$PWD"/}") ;;
    esac
    (
        export GIT_INDEX_FILE=$index GIT_OBJECT_DIRECTORY=$tmp GIT_ALTERNATE_OBJECT_DIRECTORIES=$objects
        git -c core.fsmonitor=false -c core.safecrlf=false -c advice.addEmbeddedRepo=false add -A -- "${all[@]}"
        if [ -z "$1" ] && [ ${#also[@]} -gt 0 ]; then git add -f -- "${also[@]}"; fi
        git ls-files -s -z
    ) >"$index.listed"
    while IFS=$' \t' read -r -d '' mode id _ path; do
        if [ "$mode" = 160000 ]; then
            if [ -e "$path/.git" ]; then (cd "$path" && sources "$1$path/"); fi
        else
            printf '%s:%s\t%s%s\0' "$mode" "$id" "$1" "$path"
        fi
    done <"$index.listed"
}

# The same for a file that git ignores.
ignored() {
    if [ -f "$1" ]; then printf 'ignored:%s\t%s\0' "$(git hash-object --no-filters -- "$1")" "$1"; fi
}

# Those that compilers have read, as they tell make.
ignored_but_read() {
    local path
    find "$session" -name '*.d' -type f -exec cat {} + | tr -s ' :\\' '\n' | sed "s|^$top/||" | grep -v '^/\|^\.\./' |
        sort -u | git check-ignore --stdin 2>"$tmp/none" | while IFS= read -r path; do
            case $top/$path in "$session"/*) ;; *) ignored "$path" ;; esac
        done || true
}

parent() { case $1 in */*) parent=${1%/*} ;; *) parent=. ;; esac }
nanoseconds() { stat -L -c %.9Y -- "$1" | tr -d .; }

# What the session was built from.
declare -A was since_was was_in is since any_in
ended=0
cold() {
    echo "touch-changed: $1: starting cold" >&2
    find "$session" -mindepth 1 -delete
}
now=$(date +%s%N)
if [ -f "$list" ]; then
    ended=$(nanoseconds "$list")
    [ "$now" -gt "$ended" ] || cold "the clock was set back since the session was built"
elif [ -n "$(ls -A "$session")" ]; then
    cold "the session does not say what it was built from"
fi
is_warm=no
if [ -f "$list" ]; then
    is_warm=yes
    while IFS=$'\t' read -r -d '' id t path; do
        was[$path]=$id since_was[$path]=$t
        parent "$path" && was_in[$parent]=1
    done <"$list"
    # Some tools and file systems know whole seconds only.
    if [ "${now::-9}" = "${ended::-9}" ]; then now=$((${ended::-9} + 1))000000000; fi
fi

# What is here, and since when the session has it.
cd "$top"
sources '' >"$tmp/here"
for path in "${!was[@]}"; do
    case ${was[$path]} in ignored:*) ignored "$path" >>"$tmp/here" ;; esac
done
while IFS=$'\t' read -r -d '' id path; do
    is[$path]=$id
    parent "$path" && any_in[$parent]=${any_in[$parent]:-$path}
    since[$path]=0
    [ $is_warm = no ] && continue
    since[$path]=${since_was[$path]:-$now}
    if [ "$id" != "${was[$path]-}" ]; then since[$path]=$now; fi
    # A directory changes with the names in it, and so do those above it that are new.
    until [ -n "${was[$path]-}" ]; do
        parent "$path" && path=$parent && since[$path]=$now
        [ -z "${was_in[$path]-}" ] && [ "$path" != . ] || break
    done
done <"$tmp/here"
for path in "${!was[@]}"; do
    if [ "${was[$path]}" = directory ]; then
        if [ -d "$path" ]; then since[$path]=${since[$path]:-${since_was[$path]}}; fi
    elif [ -z "${is[$path]-}" ]; then
        # Removed. Who looks only at the files of a directory, not at itself, sees it by the first one.
        until parent "$path" && path=$parent && [ -d "$path" ]; do :; done
        since[$path]=$now
        while [ -z "${any_in[$path]-}" ] && [ "$path" != . ]; do parent "$path" && path=$parent; done
        if [ -n "${any_in[$path]-}" ]; then since[${any_in[$path]}]=$now; fi
    fi
done

# Touch what is older than that. Links count as what they point at.
declare -A older
is_news=no
while IFS=$'\t' read -r -d '' mtime path; do
    mtime=${mtime/./} t=${since[$path]}
    if [ "$t" = "$now" ]; then is_news=yes; fi
    if [ "$t" = "$now" ] && [ "${mtime::-9}" -gt "${ended::-9}" ] && [ "$mtime" -lt "$now" ]; then
        since[$path]=$mtime # it says so itself
    elif [ "$mtime" -lt "$t" ]; then
        older[$t]=1 && printf '%s\0' "$path" >>"$tmp/touch.$t"
    elif [ $set_back = yes ] && [ $is_warm = yes ] && [ "$mtime" -gt "$t" ]; then
        [ "$t" != 0 ] || t=1000000000000000000 # in 2001
        older[$t]=1 && printf '%s\0' "$path" >>"$tmp/touch.$t"
    fi
done < <([ ${#since[@]} = 0 ] || printf '%s\0' "${!since[@]}" | xargs -0 stat -L --printf '%.9Y\t%n\0' -- 2>"$tmp/none" || true)
for t in "${!older[@]}"; do
    xargs -0 touch -c -d "@${t::-9}.${t: -9}" -- <"$tmp/touch.$t"
done
# The build must not begin before what it reads was touched.
while [ $is_news = yes ] && [ "$(date +%s%N)" -le "$now" ]; do sleep 0.05; done

# What changes from here on may or may not be what the build reads.
started=$session/.incrdir-started
touch "$started"
sources '' >"$tmp/before"
status=0
(cd "$from" && "$@") || status=$?
# It could not be run, or was killed.
[ $status -le 125 ] || exit $status
sources '' >"$tmp/after"
ignored_but_read >"$tmp/ignored"
while IFS=$'\t' read -r -d '' id path; do
    if [ "$id" != "${is[$path]-}" ]; then is[$path]=unsure; fi
done < <(cat "$tmp/before" "$tmp/after")
while IFS=$'\t' read -r -d '' id path; do is[$path]=$id; done <"$tmp/ignored"
while IFS= read -r -d '' path; do
    case ${is[$path]} in ignored:*) is[$path]=ignored:unsure ;; *) is[$path]=unsure ;; esac
done < <(
    [ ${#is[@]} = 0 ] || printf './%s\0' "${!is[@]}" | xargs -0 sh -c 'started=$1 && shift
        for path; do [ -e "$path" ] || [ -L "$path" ] || printf "%s\\0" "$path"; done
        find "$@" -maxdepth 0 -newercc "$started" -print0' sh "$started" 2>"$tmp/none" | sed -z 's|^\./||' || true
)

# A file that was there only in between is in no listing, but its directory changed.
declare -A seen_in
for path in "${!is[@]}"; do parent "$path" && seen_in[$parent]=1; done
while IFS= read -r -d '' path; do since[$path]=$(date +%s%N); done < <(
    [ ${#seen_in[@]} = 0 ] || printf './%s\0' "${!seen_in[@]}" | xargs -0 sh -c 'started=$1 && shift
        find "$@" -maxdepth 0 -newercc "$started" -print0' sh "$started" 2>"$tmp/none" | sed -z 's|^\./||' || true
)

# The list for the next session.
for path in "${!is[@]}"; do printf '%s\t%s\t%s\0' "${is[$path]}" "${since[$path]:-0}" "$path"; done >"$tmp/list"
for path in "${!since[@]}"; do
    if [ -z "${is[$path]-}" ]; then printf 'directory\t%s\t%s\0' "${since[$path]}" "$path"; fi
done >>"$tmp/list"
rm -f "$list" "$started"
cp "$tmp/list" "$list"
exit $status
