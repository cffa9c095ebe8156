#!/bin/sh
# python-env.sh CMD [ARG]...: CMD in the Python environment of requirements.txt, made once for all work trees: each sees it at
# the one place at which it was made.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/worktree.sh" python .venv --seed link -- sh -c '
    if ! cmp -s requirements.txt .venv/.requirements; then
        python3 -m venv --clear .venv
        .venv/bin/pip install --quiet --disable-pip-version-check --requirement requirements.txt >&2
        cp requirements.txt .venv/.requirements
    fi
    export VIRTUAL_ENV="$PWD/.venv" PATH="$PWD/.venv/bin:$PATH"
    exec "$@"' python-env "$@"
