# mypy: it believes a file of the same length and second, and writes into its databases.
. "$CASES/lib.sh"
need python3 git
. "$CASES/projects.sh"
make_mypy 30
repository
echo 'def f(x: str) -> str: return x' >other/lib.py
find main other -path '*/.git' -prune -o -exec touch -d '2020-01-01' {} +

place=$PWD/place
mkdir place sessions main/.mypy_cache other/.mypy_cache
check() { incrdir run --quiet --root sessions --unit app --bind "$PWD/$1=$place" --at "$place/.mypy_cache" --chdir "$place" -- "${@:2}"; }
# A session in which errors were found is worth as much as another.
run='mypy app.py >out; tail -n 1 out'
first=$(check main sh -c "$run")
same 'main' "$first" 'Success: no issues found in 1 source file'
same 'the trap, which mypy no longer falls into,' "$(check other sh -c "$run")" "$first"
rm -rf sessions/*
cold() { rm -rf cold && cp -a "$1" cold && (cd cold && sh -c "$run"); }
[ "$(cold other)" != "$first" ] || wrong 'the two work trees do not differ'
for tree in main other main other; do
    same "$tree" "$(check "$tree" "$RECIPES/touch-changed.sh" sh -c "$run")" "$(cold "$tree")"
done

# Many at once, each with its own databases.
cd main
for i in 1 2 3 4 5 6; do "$RECIPES/mypy.sh" app.py >../out.$i 2>&1 & done
wait
cd ..
for i in 1 2 3 4 5 6; do grep -q Success out.$i || wrong "run $i of six at once: $(tail -n 1 out.$i)"; done

# Errors are published, and the status is mypy's.
cp other/lib.py main/lib.py
for right in 1 2; do
    status=0
    if [ $right = 1 ]; then files=app.py; else files=no-such-file.py; fi
    (cd main && "$RECIPES/mypy.sh" $files >../log 2>&1) || status=$?
    same "the status of $files" $status $right
done
