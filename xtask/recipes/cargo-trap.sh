# A work tree whose files are older than the session, and different: cargo takes them for unchanged.
. "$CASES/lib.sh"
need cargo git
mkdir -p main/src main/parts main/listed
cd main
cat >Cargo.toml <<'TOML'
[package]
name = "app"
version = "0.1.0"
edition = "2021"
build = "build.rs"

[workspace]
TOML
cat >build.rs <<'RUST'
fn main() {
    println!("cargo:rerun-if-changed=parts");
    let mut names: Vec<_> = std::fs::read_dir("parts").unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    let out = std::path::Path::new(&std::env::var("OUT_DIR").unwrap()).join("parts");
    std::fs::write(out, format!("{names:?}")).unwrap();
}
RUST
cat >src/main.rs <<'RUST'
mod v;
fn main() {
    let linked = include_str!("../linked.txt").trim();
    let secret = include_str!("../ignored.txt").trim();
    let odd = include_str!("../odd \"name\".txt").trim();
    println!("{} {linked} {secret} {odd} {}", v::V, include_str!(concat!(env!("OUT_DIR"), "/parts")));
}
RUST
echo 'pub const V: u32 = 1;' >src/v.rs
echo one >one.txt && echo two >two.txt && ln -s one.txt linked.txt && echo odd >'odd "name".txt'
touch parts/a parts/b
printf '/target\n/ignored.txt\n' >.gitignore
cargo generate-lockfile -q
cd ..
repository
echo secret >main/ignored.txt && echo secret >other/ignored.txt

# Both work trees build from the same line of sessions, and all their files are always older than it.
place=$PWD/place
mkdir place sessions main/target other/target
build() {
    find "$1" -path '*/.git' -prune -o -path '*/target' -prune -o -exec touch -h -d '1 hour ago' {} +
    incrdir run --quiet --root sessions --unit app --bind "$PWD/$1=$place" --at "$place/target" --chdir "$place" -- "${@:2}"
}
run='cargo build -q && target/debug/app'
cold() { rm -rf cold && cp -a "$1" cold && (cd cold && cargo build -q && target/debug/app); }
right() { # what was done, work tree...
    for tree in "${@:2}"; do same "$tree after $1" "$(build "$tree" "$RECIPES/touch-changed.sh" sh -c "$run")" "$(cold "$tree")"; done
}

echo 'pub const V: u32 = 2;' >other/src/v.rs
first=$(build main sh -c "$run")
same 'the trap, without the script, which cargo no longer falls into,' "$(build other sh -c "$run")" "$first"
[ "$(cold other)" != "$first" ] || wrong 'the two work trees do not differ'
rm -rf sessions/*

right 'nothing' main other main other
(cd other && git mv parts/b parts/c) && right 'a file of a directory was renamed' main other main
rm other/parts/c && right 'a file was deleted' main other main
touch other/parts/new && right 'an untracked file was made' main other main
mkdir other/parts/d && touch other/parts/d/e && right 'a directory was made' main other main
echo other >other/ignored.txt && right 'an ignored file that is included was changed' main other main
ln -sf two.txt other/linked.txt && right 'a link was changed' main other main
echo strange >other/'odd "name".txt' && right 'a file with an odd name was changed' main other main
git -C other update-index --assume-unchanged src/v.rs
echo 'pub const V: u32 = 3;' >other/src/v.rs && right 'git was told not to look at a file' main other main

# A session of a run that did not build what had changed.
echo 'pub const V: u32 = 4;' | tee main/src/v.rs >other/src/v.rs
build main "$RECIPES/touch-changed.sh" true
right 'a run that built nothing' main other

# Changed after it was read, and back again: the list has the content that was not built.
build main "$RECIPES/touch-changed.sh" sh -c '
    echo "pub const V: u32 = 5;" >src/v.rs && cargo build -q && echo "pub const V: u32 = 4;" >src/v.rs'
right 'a change during the build' main other
build main "$RECIPES/touch-changed.sh" sh -c 'touch parts/f && cargo build -q && rm parts/f'
right 'a file that was there during the build' main other
build main "$RECIPES/touch-changed.sh" sh -c '
    echo brief >ignored.txt && cargo build -q && echo secret >ignored.txt'
right 'an ignored file that is included was changed during the build' main other

# The clock was set back since: the session is from the future.
build main sh -c 'find "$INCRDIR_SESSION" -exec touch -h -d "1 hour" {} +'
echo 'pub const V: u32 = 6;' >other/src/v.rs && right 'the clock was set back' other main 2>said
grep -q 'the clock was set back' said || wrong 'nothing was said of the clock'

# Of a submodule.
git -C other update-index --no-assume-unchanged src/v.rs
git init -q -b main sub && echo sub >sub/text && git -C sub add -A && git -C sub commit -qm first
git -C main -c protocol.file.allow=always submodule --quiet add "$PWD/sub" sub
sed -i 's|../ignored.txt|../sub/text|' main/src/main.rs
git -C main add -A && git -C main commit -qm sub && git -C other checkout -q -f --detach main
git -C other -c protocol.file.allow=always submodule --quiet update --init
echo secret >other/ignored.txt
right 'a submodule was added' main other
echo changed >other/sub/text && right 'a file of a submodule was changed' main other main

# What must not have happened: a build of an unchanged tree that builds.
build main "$RECIPES/touch-changed.sh" cargo build 2>first.log
build main "$RECIPES/touch-changed.sh" cargo build 2>second.log
if grep -q Compiling second.log; then wrong 'an unchanged tree was built again'; fi
