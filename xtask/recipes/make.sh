# A C project with make: the same trap, the same cure, objects replaced or written in place, beside ccache.
. "$CASES/lib.sh"
need make gcc git
. "$CASES/projects.sh"
make_c 40
repository
echo '#define V 2' >other/src/v.h
find main other -path '*/.git' -prune -o -exec touch -d '1 hour ago' {} +

place=$PWD/place
mkdir place sessions main/build other/build
build() { incrdir run --quiet --root sessions --unit app --bind "$PWD/$1=$place" --at "$place/build" --chdir "$place" -- "${@:2}"; }
run='make -s && build/app'
cold() { rm -rf cold && cp -a "$1" cold && (cd cold && make -s && build/app); }

# Without the script make takes the other work tree's files for unchanged.
first=$(build main sh -c "$run")
same 'the trap, which make no longer falls into,' "$(build other sh -c "$run")" "$first"
[ "$(cold other)" != "$first" ] || wrong 'the two work trees do not differ'
rm -rf sessions/*
for tree in main other main other; do
    same "$tree" "$(build "$tree" "$RECIPES/touch-changed.sh" sh -c "$run")" "$(cold "$tree")"
done
rm other/src/part40.c && sed -i 's/ + part40(x)//' other/src/part39.c
for tree in other main; do
    same "$tree after a file was deleted" "$(build "$tree" "$RECIPES/touch-changed.sh" sh -c "$run")" "$(cold "$tree")"
done

# A file that git ignores and no compiler names: only its user can say that it is a source.
printf '/build\n/secret\n' >main/.gitignore && printf '\nbuild/secret: secret\n\tcp secret build/secret\n' >>main/Makefile
cp main/.gitignore main/Makefile other && echo 1 >main/secret && echo 2 >other/secret
find main other -path '*/.git' -prune -o -exec touch -d '1 hour ago' {} +
secret() { build "$1" "$RECIPES/touch-changed.sh" "${@:2}" sh -c 'make -s build/secret && cat build/secret'; }
same 'the ignored file, first,' "$(secret main)" 1
same 'the trap of an ignored file' "$(secret other)" 1
rm -rf sessions/*
for tree in main other main; do same "$tree with --also" "$(secret $tree --also secret)" "$(cat $tree/secret)"; done

# What users copy.
cd main
"$RECIPES/make.sh" -s
"$RECIPES/make.sh" >../again
cd ..
if grep -q 'O2' again; then wrong 'an unchanged tree was built again'; fi
