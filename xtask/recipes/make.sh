# A C project with make: the same trap, the same cure, objects replaced or written in place, beside ccache.
. "$CASES/lib.sh"
need make gcc git
mkdir -p main/src
cd main
cat >Makefile <<'MAKE'
# The directory is a prerequisite, so that a file less is a change; times of directories are true as well.
sources := $(wildcard src/*.c)
objects := $(sources:src/%.c=build/%.o)
build/app: $(objects) src
	$(CC) -o $@ $(objects)
build/%.o: src/%.c
	@mkdir -p build
	$(CC) -MMD -MP -O2 -c -o $@ $<
-include $(objects:.o=.d)
MAKE
echo '/build' >.gitignore
echo '#define V 1' >src/v.h
echo '#include <stdio.h>
#include "v.h"
int f1(int); int main(void) { printf("%d %d\n", V, f1(0)); return 0; }' >src/main.c
for i in $(seq 1 60); do
    echo "#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
int f$((i + 1))(int x); int f$i(int x) { char b[64]; sprintf(b, \"%d\", x + $i); return $( [ "$i" = 60 ] && echo "(int)strlen(b)" || echo "f$((i + 1))(x) + (int)strlen(b)"); }"
done > all.c
awk '/^#include <stdio/ { n++; file = "src/f" n ".c" } { print > file }' all.c && rm all.c
cd ..
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
rm other/src/f60.c && sed -i 's/f60(x) + //' other/src/f59.c
for tree in other main; do
    same "$tree after a file was deleted" "$(build "$tree" "$RECIPES/touch-changed.sh" sh -c "$run")" "$(cold "$tree")"
done

# What users copy.
cd main
"$RECIPES/make.sh" -s
"$RECIPES/make.sh" >../again
cd ..
if grep -q 'O2' again; then wrong 'an unchanged tree was built again'; fi
