# The table of docs/operate/beside-cargo-sweep.md: builds beside a collector that never pauses, and with one between them.
. "$CASES/lib.sh"
need cargo
builds=${BUILDS:-20}
crates=12

# What CI installed is used; otherwise it is installed here, where the registry can be reached.
if ! command -v cargo-sweep >/dev/null; then
    echo 'installing cargo-sweep' >&2
    CARGO_NET_OFFLINE=false cargo install --quiet --locked --root tools cargo-sweep >log 2>&1 ||
        not_run "cargo-sweep cannot be installed: $(tail -n 1 log)"
    export PATH=$PWD/tools/bin:$PATH
fi

# A chain of crates: each uses the one before.
make_chain() {
    local i uses
    mkdir chain
    echo '[workspace]' >chain/Cargo.toml
    echo 'resolver = "2"' >>chain/Cargo.toml
    echo "members = [$(seq -s, -f '"c%g"' 1 "$crates")]" >>chain/Cargo.toml
    for i in $(seq 1 "$crates"); do
        mkdir -p "chain/c$i/src"
        uses=$([ "$i" = 1 ] || echo "c$((i - 1)) = { path = \"../c$((i - 1))\" }")
        printf '[package]\nname = "c%s"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n%s\n' "$i" "$uses" >"chain/c$i/Cargo.toml"
        write "$i" 0
    done
}
write() { # crate, edition
    local uses=0 f
    [ "$1" = 1 ] || uses="c$(($1 - 1))::edition()"
    {
        echo "pub fn edition() -> u64 { $2 + $uses }"
        for f in $(seq 1 30); do
            echo "pub fn f$f(text: &str) -> Vec<String> { text.split(' ').filter(|w| w.len() > $f).map(str::to_uppercase).collect() }"
        done
    } >"chain/c$1/src/lib.rs"
}

# Until it is killed: one collection after the other. It ends between two of them, so that what it was told is not cut off.
collect_until() {
    local count=0
    trap 'stop=1' TERM
    while [ -z "${stop:-}" ]; do
        (cd chain && "$@") >>collected.log 2>&1 || true
        count=$((count + 1))
    done
    echo $count >collections
}

# $1: what the row is called; $2: beside or between; the rest is the collector.
row() {
    local name=$1 when=$2 build failed=0 warned=0 compiled=0 count=0 collector
    shift 2
    rm -rf chain && make_chain && (cd chain && cargo build --offline --quiet)
    : >collected.log && : >failures.log
    if [ "$when" = beside ]; then collect_until "$@" & collector=$!; fi
    for build in $(seq 1 "$builds"); do
        if [ "$when" = between ]; then (cd chain && "$@") >>collected.log 2>&1 && count=$((count + 1)); fi
        write $((build % crates + 1)) "$build" && write $(((build + 4) % crates + 1)) "$build" && write $(((build + 8) % crates + 1)) "$build"
        if ! (cd chain && cargo build --offline --color never) >build.log 2>&1; then
            failed=$((failed + 1)) && grep -m 1 '^error' build.log >>failures.log
        elif grep -q '^warning' build.log; then
            warned=$((warned + 1))
        fi
        compiled=$((compiled + $(grep -c Compiling build.log || true)))
    done
    if [ "$when" = beside ]; then kill "$collector" && wait "$collector" && count=$(cat collections); fi
    echo "| $name | $when | $builds | $count | $failed | $warned | $(awk "BEGIN { printf \"%.1f\", $compiled / $builds }") | $(du -sm chain/target/debug/incremental | cut -f 1) of $(du -sm chain/target | cut -f 1) |"
    if [ -s failures.log ]; then sort failures.log | uniq -c | sort -rn | head -n 3 >>failures; fi
}

echo "$(cargo --version), $(cargo-sweep sweep --version), $(incrdir --version), $(date +%F)"
echo
echo '| collector | runs | builds | collections | failed | warned | crates compiled for each build | MB in the end, `incremental` of `target` |'
echo '| --- | --- | --- | --- | --- | --- | --- | --- |'
: >failures
row none beside sleep 0.1
row '`incrdir gc target --keep 1`' beside incrdir gc target --keep 1
row '`cargo sweep --time 0`' beside cargo-sweep sweep --time 0
row '`cargo sweep --maxsize 8MB`' beside cargo-sweep sweep --maxsize 8MB
row '`cargo sweep --time 30`' beside cargo-sweep sweep --time 30
row '`cargo sweep --installed`' beside cargo-sweep sweep --installed
row '`incrdir gc target --keep 1`' between incrdir gc target --keep 1
row '`cargo sweep --time 0`' between cargo-sweep sweep --time 0
row '`cargo sweep --time 30`' between cargo-sweep sweep --time 30
echo
echo 'How builds failed:'
cat failures
