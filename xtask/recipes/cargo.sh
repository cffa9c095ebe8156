# cargo over two work trees of this repository, one a commit ahead: ten builds in turns, and both at once.
. "$CASES/lib.sh"
need cargo git ar
git clone -q --shared "$SOURCES" main
cd main && git checkout -q -B main
git worktree add -q -b ahead ../ahead
cd ../ahead && printf '/// What main does not have.\npub const AHEAD: &str = "by a commit";\n' >>crates/naming/src/lib.rs && git commit -qam ahead
cd ..
find main ahead -path '*/.git' -prune -o -exec touch -h -d '1 hour ago' {} +


# What a build in a session gives: the library, and in said-TREE what cargo said.
built() {
    (cd "$1" && "$RECIPES/worktree.sh" cargo target --quiet -- "$RECIPES/touch-changed.sh" sh -c "
        ${2:-true} && cargo build -p incrdir-naming --no-default-features 2>&3 && ar p target/debug/libincrdir_naming.rlib | ${3:-sha256sum}"
    ) 3>"said-$1" || { tail -n 3 "said-$1" >&2 && return 1; }
}
# Cold, at the same place, because libraries have absolute paths in them. The names of their members are random.
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
for tree in main ahead; do printf '/// New.\npub const ONLY_IN_%s: u8 = 1;\n' $tree >>$tree/crates/naming/src/lib.rs; done
meet() { echo "touch $PWD/$1; until [ -e $PWD/$2 ]; do sleep 0.1; done"; }
names='grep -a -o -h ONLY_IN_[a-z]* | sort -u'
built main "$(meet here there)" "$names" >once-main & first=$!
built ahead "$(meet there here)" "$names" >once-ahead
wait $first
for tree in main ahead; do
    # cargo has one lock more, of what it downloads, which is not about builds.
    if grep 'Blocking' said-$tree | grep -v 'package cache'; then wrong "$tree waits: $(cat said-$tree)"; fi
    grep -q Compiling said-$tree || wrong "$tree was not compiled after an edit"
    same "$tree at once" "$(cat once-$tree)" "ONLY_IN_$tree"
done

# A work tree that has just been made has only new files. They count as changed, unless it is said that nothing else was built.
git -C main checkout -q . && built main >once-main
for tree in new said; do
    git -C main worktree add -q -b $tree ../$tree
    if [ $tree = said ]; then new=--new-worktree; fi
    (cd $tree && "$RECIPES/worktree.sh" cargo target --quiet -- "$RECIPES/touch-changed.sh" ${new-} \
        cargo build -p incrdir-naming --no-default-features) 2>said-$tree || wrong "$(tail -n 3 said-$tree)"
done
grep -q Compiling said-new || wrong 'new files do not count as changed, so this case shows nothing'
if grep -q Compiling said-said; then wrong 'a new work tree was compiled in spite of --new-worktree'; fi
