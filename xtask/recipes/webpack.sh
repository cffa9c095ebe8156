# webpack 5 with its file-system cache: replaced by rename, so links are safe; and it believes times.
. "$CASES/lib.sh"
need node npm git
. "$CASES/projects.sh"
make_webpack 200
repository
echo 'export const f1 = a => a.map(x => x * 7);' >other/src/m1.js
mkdir -p other/node_modules && cp -al main/node_modules/. other/node_modules
find main other \( -path '*/.git' -o -path '*/node_modules' \) -prune -o -exec touch -d '1 hour ago' {} +

place=$PWD/place
mkdir place sessions main/node_modules/.cache other/node_modules/.cache
build() {
    incrdir run --quiet --root sessions --unit app --seed link --audit attributes --bind "$PWD/$1=$place" \
        --at "$place/node_modules/.cache" --chdir "$place" -- "${@:2}"
}
run='node_modules/.bin/webpack >log && node dist/main.js | head -n 1'
right() { case $1 in main) echo '[ 1 ]' ;; other) echo '[ 7 ]' ;; esac }
same 'main without the script' "$(build main sh -c "$run")" "$(right main)"
same 'the trap, which webpack no longer falls into,' "$(build other sh -c "$run")" "$(right main)"
rm -rf sessions/*
for tree in main other main other; do
    same "$tree" "$(build "$tree" "$RECIPES/touch-changed.sh" sh -c "$run" 2>said)" "$(right "$tree")"
    if [ -s said ]; then wrong "it was said: $(cat said)"; fi
done
(cd main && "$RECIPES/webpack.sh") >first 2>&1 || wrong "$(tail -n 3 first)"
