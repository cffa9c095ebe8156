#!/bin/sh
# python-env.sh CMD [ARG]...: CMD in the Python environment of requirements.txt, made once for all work trees that have the same
# requirements: each sees it at the one place at which it was made.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd)
[ -f requirements.txt ] || { echo "python-env.sh: there is no requirements.txt here" >&2 && exit 2; }
exec "$here/worktree.sh" python .venv --key "$(cksum <requirements.txt)" --seed link -- sh -c '
    set -e
    if ! [ -f .venv/.complete ]; then
        python3 -m venv --clear .venv
        .venv/bin/pip install --quiet --disable-pip-version-check --requirement requirements.txt >&2
        touch .venv/.complete
    fi
    export VIRTUAL_ENV="$PWD/.venv" PATH="$PWD/.venv/bin:$PATH"
    exec "$@"' python-env "$@"
