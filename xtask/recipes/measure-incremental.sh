# The table of docs/operate/taming-target-incremental.md: what a `target` of this repository holds after builds of several kinds, and
# what is left of `incremental` after each kind of collection.
. "$CASES/lib.sh"
need cargo git
edits=${EDITS:-10}
LOG=$PWD/log

git clone -q --shared "$SOURCES" work && cd work
# All crates that are published: what a change of the protocol builds.
crates='--workspace --exclude xtask --exclude incrdir-sim'
in_target() { du -sm "target/$1" | cut -f 1; }
row() {
    local units sessions
    units=$(find target/*/incremental -mindepth 1 -maxdepth 1 -type d | wc -l)
    sessions=$(find target/*/incremental -mindepth 2 -maxdepth 2 -type d -name 's-*' | wc -l)
    echo "| $1 | $(in_target .) | $(du -cm target/*/incremental | tail -n 1 | cut -f 1) | $units | $sessions |"
}
build() { cargo build --offline --quiet $crates >>"$LOG" 2>&1; }
edit() { # a line in a crate that others use, and one in the command
    local number
    for number in $(seq 1 "$edits"); do
        echo "// $number $1" >>crates/session/src/begin.rs
        echo "// $number $1" >>crates/cli/src/words.rs
        build
    done
}
collect() {
    local name=$1
    shift
    incrdir gc target "$@" >"$LOG.gc" || wrong "gc: $(cat "$LOG.gc")"
    row "$name: $(tail -n 1 "$LOG.gc")"
}

echo "$(cargo --version), $(incrdir --version), $(git rev-list --count HEAD) commits, $(git ls-files '*.rs' | xargs cat | wc -l) lines of Rust, $(date +%F)"
echo
echo '| after | MB in `target` | in `incremental` | units | sessions |'
echo '| --- | --- | --- | --- | --- |'
build && row '`cargo build`'
edit one && row "$edits edits, a build after each"
cargo test --offline --quiet --no-run $crates >>"$LOG" 2>&1 && row '`cargo test --no-run`'
cargo check --offline --quiet --all-targets $crates >>"$LOG" 2>&1 && row '`cargo check --all-targets`'
cargo build --offline --quiet --all-features $crates >>"$LOG" 2>&1 && row '`--all-features`'
RUSTFLAGS='-C target-cpu=native' cargo build --offline --quiet $crates >>"$LOG" 2>&1 && row 'other `RUSTFLAGS`'
sed -i 's/^version = "0\.1\.0"/version = "0.1.1"/; s/version = "0\.1\.0"/version = "0.1.1"/' Cargo.toml
build && row 'the next version in `Cargo.toml`'
# What is used from here on is what somebody works with; everything before is of last month.
sleep 2
from=$(date +%s)
edit two && row "$edits edits, a build after each"
collect '`incrdir gc target`'
collect '`incrdir gc target --keep 1`' --keep 1
age=$(($(date +%s) - from))s
collect "\`incrdir gc target --keep 1 --max-age $age\`, which is since the edits before" --keep 1 --max-age "$age"
echo
echo "the next build, nothing changed: $(seconds build) s; with an edit: $(echo '// last' >>crates/session/src/begin.rs && seconds build) s"
