#!/bin/sh
# A real cargo build inside a session, twice: cold, then seeded from the first.
# Everything happens in a temporary directory, which is removed at the end.
set -eu
cd "$(dirname "$0")"

echo '== build incrdir'
cargo build --release --quiet --package incrdir-cli
incrdir=${CARGO_TARGET_DIR:-target}/release/incrdir
case $incrdir in /*) ;; *) incrdir=$PWD/$incrdir ;; esac

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

echo '== make a small crate'
mkdir -p "$tmp/small/src"
cat > "$tmp/small/Cargo.toml" <<'TOML'
[package]
name = "small"
version = "0.1.0"
edition = "2021"

[workspace]
TOML
: > "$tmp/small/src/lib.rs"
for module in $(seq 1 30); do
    echo "pub mod m$module;" >> "$tmp/small/src/lib.rs"
    for function in $(seq 1 10); do
        echo "pub fn f$function(x: &[u64]) -> Vec<String> {
            x.iter().map(|i| format!(\"{} {}\", i, i % $function)).collect()
        }"
    done > "$tmp/small/src/m$module.rs"
done

build() {
    cd "$tmp/small"
    # Tools write into their files in place, so the session gets copies or clones of its own (--seed auto).
    "$incrdir" run --root "$tmp/cache" --unit small --key "$(rustc -V)" --seed auto -- \
        cargo build --offline --target-dir '{session}/target'
}

echo '== first build: nothing is published yet'
build
echo '== change one module and build again: seeded from the first'
echo 'pub fn changed() {}' >> "$tmp/small/src/m1.rs"
build
echo '== a build that fails publishes nothing'
echo 'this does not compile' >> "$tmp/small/src/m1.rs"
build 2> "$tmp/failed" || echo "exit status $?"
tail -n 1 "$tmp/failed"
echo '== what is there'
"$incrdir" ls "$tmp/cache"
