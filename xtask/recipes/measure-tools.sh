# The tables of docs/recipes/{cmake,make,mypy,webpack}.md: small projects in two work trees, one a line ahead.
. "$CASES/lib.sh"
. "$CASES/projects.sh"
export LOG=$PWD/log
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }
in_tree() { (cd "$1" && "${@:2}"); }

# One contender: $1 is its name; `$1 TREE` builds; $2 edits a line of TREE; $3 prepares the second work tree.
row() {
    local name=$1 edit=$2 prepare=$3 cold warm=() edited=() first again=() turn
    cold=$(seconds "$name" main)
    for turn in 1 2 3; do warm+=("$(seconds "$name" main)"); done
    for turn in 1 2 3; do "$edit" main $turn && edited+=("$(seconds "$name" main)"); done
    git -C main checkout -q . && "$name" main >>"$LOG" 2>&1
    first=$(seconds "$prepare" "$name")
    for turn in 1 2 3; do again+=("$(seconds "$name" main)" "$(seconds "$name" other)"); done
    echo "| ${name//_/ } | $cold | $(median "${warm[@]}") | $(median "${edited[@]}") | $first | $(median "${again[@]}") |"
    git -C main checkout -q .
}
plain() { "$1" other; }
table() {
    echo
    echo "$1"
    echo
    echo '| seconds | cold | unchanged | one line | first in the other tree | in turns, unchanged |'
    echo '| --- | --- | --- | --- | --- | --- |'
}
in_new() { mkdir "$1" && cd "$1" && export INCRDIR_CACHE=$PWD/cache; }
copied() { mkdir -p "other/$dir" && rm -rf "other/${dir:?}" && cp -a --reflink=auto "main/$dir" "other/$dir"; "$1" other; }
without() { rm -rf "main/${dir:?}" "other/${dir:?}"; }

if command -v cmake make gcc >/dev/null; then
    (
        in_new make && dir=build && make_c 200 && repository && echo '#define V 2' >other/src/v.h && git -C other commit -qam other
        edit() { echo "// $2" >>"$1/src/part1.c"; }
        session() { in_tree "$1" "$RECIPES/make.sh" -s -j2; }
        own_directory() { in_tree "$1" make -s -j2; }
        own_directory_and_ccache() { in_tree "$1" env CC='ccache gcc' CCACHE_DIR="$PWD/ccache" CCACHE_BASEDIR="$PWD" make -s -j2; }
        table "$(make --version | head -n 1), 200 files of C"
        row session edit plain && without && row own_directory edit plain && without
        if command -v ccache >/dev/null; then row own_directory_and_ccache edit plain; else echo 'ccache: NOT RUN'; fi
    )
    (
        in_new cmake && dir=build && make_c 200 && repository && echo '#define V 2' >other/src/v.h && git -C other commit -qam other
        edit() { echo "// $2" >>"$1/src/part1.c"; }
        session() { in_tree "$1" "$RECIPES/cmake.sh" -j2; }
        own_directory() { in_tree "$1" cmake -S . -B build && in_tree "$1" cmake --build build -j2; }
        table "$(cmake --version | head -n 1), Unix Makefiles, 200 files of C"
        row session edit plain && without && row own_directory edit plain
    )
else
    echo 'make, CMake: NOT RUN'
fi
(
    in_new mypy && dir=.mypy_cache && make_mypy 100 && repository && echo '# 2' >>other/lib.py && git -C other commit -qam other
    edit() { echo "# $2" >>"$1/m1.py"; }
    session() { in_tree "$1" "$RECIPES/mypy.sh" app.py; }
    own_cache() { in_tree "$1" mypy app.py; }
    copied_cache() { own_cache "$1"; }
    table "$(mypy --version), 100 modules"
    row session edit plain && without && row own_cache edit plain && without && row copied_cache edit copied
) || true
(
    in_new webpack && dir=node_modules/.cache && make_webpack 1000 && repository
    echo 'export const f1 = a => a;' >other/src/m1.js && git -C other commit -qam other && cp -al main/node_modules other/node_modules
    export MODE=production
    edit() { echo "// $2" >>"$1/src/m1.js"; }
    session() { in_tree "$1" "$RECIPES/webpack.sh"; }
    own_cache() { in_tree "$1" node_modules/.bin/webpack; }
    copied_cache() { own_cache "$1"; }
    table "webpack $(node -p 'require("./main/node_modules/webpack/package.json").version'), production, 1,000 modules"
    row session edit plain && without && row own_cache edit plain && without && row copied_cache edit copied
) || true
