# cargo over two work trees of this repository, one a commit ahead: ten builds in turns, and both at once.
. "$CASES/lib.sh"
need cargo git
git clone -q --shared "$SOURCES" main
cd main && git checkout -q -B main
git worktree add -q -b ahead ../ahead
cd ../ahead && echo 'pub const AHEAD: &str = "by a commit";' >>crates/naming/src/lib.rs && git commit -qam ahead
cd ..
find main ahead -path '*/.git' -prune -o -exec touch -h -d '1 hour ago' {} +


# What a build in a session gives: the library, and in said-TREE what cargo said.
built() {
    (cd "$1" && "$RECIPES/worktree.sh" cargo target --quiet -- "$RECIPES/touch-changed.sh" sh -c "
        ${2:-true} && cargo build -p incrdir-naming --no-default-features 2>&3 && sha256sum target/debug/libincrdir_naming.rlib"
    ) 3>"said-$1" || { tail -n 3 "said-$1" >&2 && return 1; }
}
# Cold, at the same place, because libraries have absolute paths in them.
for tree in main ahead; do
    built $tree >cold-$tree
    rm -rf cache/*/cargo/sessions
done
[ "$(cat cold-main)" != "$(cat cold-ahead)" ] || wrong 'the two work trees do not differ'

for turn in 1 2 3 4 5; do
    for tree in main ahead; do
        same "$tree, turn $turn" "$(built $tree)" "$(cat cold-$tree)"
        if [ $turn -gt 1 ] && grep -q Compiling said-$tree; then wrong "$tree was compiled again in turn $turn"; fi
    done
done

# At once: neither begins before both are there, and neither waits for the other.
echo '// edited' | tee -a main/crates/naming/src/lib.rs >>ahead/crates/naming/src/lib.rs
meet() { echo "touch $PWD/$1; until [ -e $PWD/$2 ]; do sleep 0.1; done"; }
built main "$(meet here there)" >once-main & first=$!
built ahead "$(meet there here)" >once-ahead
wait $first
for tree in main ahead; do
    if grep -q 'Blocking.*build directory\|Blocking.*artifact' said-$tree; then wrong "$tree waits: $(cat said-$tree)"; fi
    grep -q Compiling said-$tree || wrong "$tree was not compiled after an edit"
    rm -rf cache/*/cargo/sessions
    same "$tree at once" "$(cat once-$tree)" "$(built $tree)"
done
