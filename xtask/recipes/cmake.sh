# CMake with make and with Ninja: the trap, the cure, and a second configuration from the published session.
. "$CASES/lib.sh"
need cmake git gcc make
. "$CASES/projects.sh"
make_c 15
repository
echo '#define V 2' >other/src/v.h
find main other -path '*/.git' -prune -o -exec touch -d '1 hour ago' {} +

# The user's line, in the work tree itself: the second configuration finds the first one.
mkdir sessions
at_build() { (cd main && incrdir run --quiet --root ../sessions --unit app --at build -- sh -c "$1"); }
at_build 'cmake -S . -B build && cmake --build build' >first.log
at_build 'cmake -S . -B build && cmake --build build' >second.log
grep -q 'Check for working C compiler' first.log || wrong 'the first configuration looked for no compiler'
if grep -q 'Check for working C compiler' second.log; then wrong 'the second configuration starts anew'; fi
if grep -q 'Building C object' second.log; then wrong 'the second build compiles'; fi

run='cmake -S . -B build -G "$GENERATOR" >none && cmake --build build >none && build/app'
cold() { rm -rf cold && cp -a "$1" cold && (cd cold && sh -c "$run"); }
place=$PWD/place
mkdir place other/build
for GENERATOR in 'Unix Makefiles' Ninja; do
    [ "$GENERATOR" != Ninja ] || command -v ninja >/dev/null || continue
    export GENERATOR
    rm -rf sessions && mkdir sessions
    build() { incrdir run --quiet --root sessions --unit app --bind "$PWD/$1=$place" --at "$place/build" --chdir "$place" -- "${@:2}"; }
    first=$(build main sh -c "$run")
    same "the trap, which $GENERATOR no longer falls into," "$(build other sh -c "$run")" "$first"
    rm -rf sessions && mkdir sessions
    for tree in main other main other; do
        same "$tree with $GENERATOR" "$(build "$tree" "$RECIPES/touch-changed.sh" sh -c "$run")" "$(cold "$tree")"
    done
done

cd main
"$RECIPES/cmake.sh" >../first.log
"$RECIPES/cmake.sh" >../second.log
cd ..
grep -q 'Building C object' first.log || wrong 'the first build compiles nothing'
if grep -q 'Building C object' second.log; then wrong 'an unchanged tree was built again'; fi
for GENERATOR in 'Unix Makefiles' Ninja; do
    [ "$GENERATOR" != Ninja ] || command -v ninja >/dev/null || continue
    (cd main && "$RECIPES/cmake.sh" >../said 2>&1) || wrong "$GENERATOR after another one: $(tail -n 3 said)"
done
