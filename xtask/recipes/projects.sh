# Sample projects, for the cases and for measuring. Each is made in the new directory `main`, and `make_edit_TOOL TREE` changes a line.

# N files of C, as CMake and as make build them.
make_c() {
    local i
    mkdir -p main/src
    echo '/build' >main/.gitignore
    cat >main/Makefile <<'MAKE'
# The directory is a prerequisite, so that a file less is a change: times of directories are true as well.
sources := $(wildcard src/*.c)
objects := $(sources:src/%.c=build/%.o)
build/app: $(objects) src
	$(CC) -o $@ $(objects)
build/%.o: src/%.c
	@mkdir -p build
	$(CC) -MMD -MP -O2 -c -o $@ $<
-include $(objects:.o=.d)
MAKE
    cat >main/CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.16)
project(app C)
file(GLOB parts CONFIGURE_DEPENDS src/part*.c)
add_library(parts STATIC ${parts})
add_executable(app src/main.c)
target_link_libraries(app parts)
CMAKE
    echo '#define V 1' >main/src/v.h
    cat >main/src/main.c <<'C'
#include <stdio.h>
#include "v.h"
int part1(int x);
int main(void) { printf("%d %d\n", V, part1(0)); return 0; }
C
    for i in $(seq 1 "$1"); do
        cat <<C >main/src/part$i.c
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int part$((i + 1))(int x);
int part$i(int x) {
    char text[64];
    snprintf(text, sizeof text, "%d", x + $i);
    return (int)strlen(text)$([ "$i" = "$1" ] || echo " + part$((i + 1))(x)");
}
C
    done
}

# N modules for webpack, which is installed.
make_webpack() {
    local i
    mkdir -p main/src
    echo '{ "name": "app", "private": true }' >main/package.json
    printf '/node_modules\n/dist\n' >main/.gitignore
    cat >main/webpack.config.js <<'JS'
// The cache is in node_modules/.cache unless told otherwise.
module.exports = { mode: process.env.MODE || 'development', devtool: false, entry: './src/index.js', cache: { type: 'filesystem' } };
JS
    for i in $(seq 1 "$1"); do
        echo "export const f$i = a => a.map(x => x * $i);" >main/src/m$i.js
        echo "import { f$i } from './m$i.js'; console.log(f$i([1]));"
    done >main/src/index.js
    (cd main && npm install --silent --no-audit --no-fund --no-save webpack@5 webpack-cli@6) >log 2>&1 ||
        not_run 'webpack cannot be installed'
}

# N modules for mypy, which is installed.
make_mypy() {
    local i
    python3 -m venv env >log 2>&1 || not_run 'python3 makes no environment'
    env/bin/pip install --quiet 'mypy>=2' >log 2>&1 || not_run 'mypy cannot be installed'
    PATH=$PWD/env/bin:$PATH
    mkdir main
    echo '/.mypy_cache' >main/.gitignore
    echo 'def f(x: int) -> int: return x' >main/lib.py
    for i in $(seq 1 "$1"); do
        printf 'import argparse, asyncio, collections, json, lib, typing\ndef f(x: int) -> int: return lib.f(x)\n' >main/m$i.py
        echo "import m$i"
    done >main/app.py
}
