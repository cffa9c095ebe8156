# The tables of docs/recipes/cargo.md: `cargo build -p incrdir-cli` in two work trees of this repository.
. "$CASES/lib.sh"
need cargo git
what='build --offline --quiet -p incrdir-cli'
export LOG=$PWD/log

# A repository, and a commit ahead of it in the crate of the command, for the second work tree.
repository_of_ours() {
    git clone -q --shared "$SOURCES" main && git -C main checkout -q -B main && git -C main checkout -q -b ahead
    sed -i 's|Print nothing unless|Write nothing unless|' main/crates/cli/src/args.rs
    git -C main commit -qam ahead && git -C main checkout -q main
}
edit() { echo "// $(date +%N)" >>"$1/crates/cli/src/words.rs"; }
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }
in_tree() { (cd "$1" && "${@:2}"); }

# One contender: $1 is its name, the function `build_$1 TREE` builds, and `before_$1` prepares the second work tree.
row() {
    local name=$1 cold warm=() edited=() first again=() turn both from
    mkdir "$name" && cd "$name" && repository_of_ours
    cold=$(seconds "build_$name" main)
    for turn in 1 2 3; do warm+=("$(seconds "build_$name" main)"); done
    for turn in 1 2 3; do edit main && edited+=("$(seconds "build_$name" main)"); done
    git -C main checkout -q . && build_"$name" main >>"$LOG" 2>&1
    git -C main worktree add -q ../ahead ahead
    first=$(seconds prepared "$name")
    for turn in 1 2 3 4 5; do
        again+=("$(seconds "build_$name" main)" "$(seconds "build_$name" ahead)")
    done
    right=$(check "$name")
    edit main && edit ahead
    both=$(seconds at_once "$name")
    cd .. && rm -rf "$name"
    echo "| ${name//_/ } | $cold | $(median "${warm[@]}") | $(median "${edited[@]}") | $first | $(median "${again[@]}") | $both | $right |"
}
prepared() { before_"$1" && build_"$1" ahead; }
at_once() { build_"$1" main & build_"$1" ahead && wait $!; }
# Does each work tree get the command that its sources give?
check() {
    local tree says wrong=0 # of the builds that have just been timed: nothing is built again
    for tree in main ahead; do
        says=$(show_"$1" $tree)
        case $tree:$says in
        main:*'Print nothing unless'* | ahead:*'Write nothing unless'*) ;;
        *) wrong=$((wrong + 1)) ;;
        esac
    done
    echo $((2 - wrong))/2
}

before_session() { :; }
build_session() { in_tree "$1" "$RECIPES/cargo.sh" $what; }
show_session() { in_tree "$1" "$RECIPES/worktree.sh" cargo target --quiet -- "$RECIPES/touch-changed.sh" \
    sh -c "cargo $what && target/debug/incrdir run --help"; }

before_session_NEW_WORKTREE() { NEW_WORKTREE=1 build_session ahead; }
build_session_NEW_WORKTREE() { build_session "$1"; }
show_session_NEW_WORKTREE() { show_session "$1"; }

before_own() { :; }
build_own() { in_tree "$1" cargo $what; }
show_own() { in_tree "$1" sh -c "cargo $what && target/debug/incrdir run --help"; }

before_shared() { :; }
build_shared() { in_tree "$1" env CARGO_TARGET_DIR=../target cargo $what; }
show_shared() { in_tree "$1" env CARGO_TARGET_DIR=../target sh -c "cargo $what && ../target/debug/incrdir run --help"; }

before_copied() { cp -a --reflink=auto main/target ahead/target; }
build_copied() { build_own "$1"; }
show_copied() { show_own "$1"; }

before_sccache() { :; }
build_sccache() { in_tree "$1" env RUSTC_WRAPPER=sccache CARGO_INCREMENTAL=0 cargo $what; }
show_sccache() { in_tree "$1" env RUSTC_WRAPPER=sccache CARGO_INCREMENTAL=0 sh -c "cargo $what && target/debug/incrdir run --help"; }

echo "$(cargo --version), $(git --version), $(date +%F)"
echo
echo '| seconds | cold | unchanged | one line | first in the other tree | in turns, unchanged | both at once, one line each | right |'
echo '| --- | --- | --- | --- | --- | --- | --- | --- |'
for name in session session_NEW_WORKTREE own shared copied sccache; do
    if [ $name = sccache ]; then
        if ! command -v sccache >/dev/null; then echo 'sccache: NOT RUN (there is no sccache)' && continue; fi
        export SCCACHE_DIR=$PWD/sccache-cache
        sccache --stop-server >>"$LOG" 2>&1 || true
    fi
    row $name
done
if command -v sccache >/dev/null; then sccache --stop-server >>"$LOG" 2>&1 || true; fi
