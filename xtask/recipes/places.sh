# worktree.sh wherever it is started from, and whatever the work tree is called.
. "$CASES/lib.sh"
need make gcc git cargo
. "$CASES/projects.sh"
make_c 3
git -C main init -q -b master
git -C main add -A && git -C main commit -qm first
make() { "$RECIPES/make.sh" -s "$@"; }
run() { "$RECIPES/worktree.sh" make build --quiet -- "$@"; }
refused() { # what it says, command...
    if "${@:2}" >said 2>&1; then wrong "not refused: ${*:2}"; fi
    grep -q -- "$1" said || wrong "it is not said that \`$1\`: $(cat said)"
}

# Any name, through a link, from below, with CDPATH, through a link to the script.
git -C main worktree add -q -b odd "$PWD/odd =name=x"
(cd 'odd =name=x' && make) && ln -s 'odd =name=x' link
same 'a work tree with an odd name' "$(cd 'odd =name=x' && run build/app)" "$(cd main && command make -s && build/app)"
same 'below, through a link' "$(cd link/src && run sh -c 'basename "$PWD"; ls part1.c')" "$(printf 'src\npart1.c')"
mkdir bin && ln -s "$RECIPES/make.sh" bin/mymake
(cd main && CDPATH=.:.. "$PWD/../bin/mymake" -s) || wrong 'through a link, with CDPATH'

# A new branch starts from master's, as it does from main's.
(cd main && git worktree add -q -b new ../new) && (cd new && "$RECIPES/make.sh" -s 2>../said)
grep -q 'seeded from .* of make-' said || wrong "a new branch does not start from master: $(cat said)"

# An open umask makes nothing that incrdir would refuse.
(umask 0 && cd main && INCRDIR_CACHE=$PWD/../open make) || wrong 'with umask 0'

refused 'there is no incrdir on PATH' env PATH=/usr/bin:/bin "$RECIPES/worktree.sh" make build -- true
refused 'there is no CMD' "$RECIPES/worktree.sh" make build --
refused 'give NAME DIR' "$RECIPES/worktree.sh"
cd main
refused 'is no absolute path' env INCRDIR_CACHE=relative "$RECIPES/worktree.sh" make build -- true
refused 'neither is INCRDIR_CACHE' env -u INCRDIR_CACHE -u HOME -u XDG_CACHE_HOME "$RECIPES/worktree.sh" make build -- true
cd ..
git init -q sub && (cd sub && git commit -q --allow-empty -m first)
git -C main -c protocol.file.allow=always submodule --quiet add "$PWD/sub" sub
(cd main/sub && refused 'by a relative path' "$RECIPES/worktree.sh" make build -- true)
refused 'not a git repository' env GIT_CEILING_DIRECTORIES="$(dirname "$PWD")" "$RECIPES/worktree.sh" make build -- true

# A crate below the top, and somebody's own directory for targets: what cargo makes is in the session all the same.
mkdir -p mono/crate/src && cd mono
printf '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n\n[workspace]\n' >crate/Cargo.toml
cat >crate/src/main.rs <<'RUST'
fn main() { println!("{}", word()); }
fn word() -> &'static str { "one" }
#[test]
fn fails() { panic!("it is {}", word()); }
RUST
printf '/target\n' >.gitignore
(cd crate && cargo generate-lockfile -q)
git init -q -b main && git add -A && git commit -qm first
app() { (cd "$1" && "$RECIPES/cargo.sh" run -q 2>/dev/null); }
for setting in NEW_WORKTREE=1 CARGO_TARGET_DIR="$PWD/../shared"; do
    export "$setting"
    same "a crate below the top, $setting" "$(app crate)" one
    git checkout -qb "b${setting%%=*}" && sed -i s/one/two/ crate/src/main.rs && git commit -qam two
    same "the branch, $setting" "$(app crate)" two
    git checkout -q main
    same "back on main, $setting" "$(app crate)" one
    unset "${setting%%=*}"
done
[ ! -e crate/target ] && [ ! -e ../shared ] || wrong 'cargo has built outside of the session'

# A test that fails: what was compiled for it is not compiled again, and the status is cargo's.
cd crate
for time in first second; do
    status=0
    "$RECIPES/cargo.sh" test >../said 2>&1 || status=$?
    same "the status of a test that fails, the $time time," $status 101
done
if grep -q Compiling ../said; then wrong "it was compiled again: $(cat ../said)"; fi

# What such a run made counts: a file that is as it was before is not what was compiled last.
for word in three one; do
    sed -i "s/\"[a-z]*\"/\"$word\"/" src/main.rs && touch -d '1 hour ago' src/main.rs
    if "$RECIPES/cargo.sh" test >../said 2>&1; then wrong 'the test does not fail'; fi
    grep -q "it is $word" ../said || wrong "another word than $word was compiled: $(cat ../said)"
done
