# A Python environment made in one work tree, used in another: its scripts know one absolute path.
. "$CASES/lib.sh"
need python3 git
mkdir main
echo '/.venv' >main/.gitignore
echo 'six' >main/requirements.txt
repository
python3 -m venv trial >log 2>&1 || not_run 'python3 makes no environment'
trial/bin/pip download --quiet --dest trial six iniconfig >log 2>&1 || not_run 'no packages can be installed'

in_env() { (cd "$1" && "$RECIPES/python-env.sh" "${@:2}"); }
look='python -c "import six, sys; print(sys.prefix)"; pip --version >none; head -n 1 .venv/bin/pip; cat .venv/mark 2>none || date | tee .venv/mark'
in_env main sh -c "$look" >first 2>said || wrong "$(tail -n 3 said)"
in_env other sh -c "$look" >second 2>said || wrong "$(tail -n 3 said)"
same 'what the other work tree sees' "$(cat second)" "$(cat first)"

# Other requirements, another environment; the first is still what it was.
echo 'iniconfig' >other/requirements.txt
in_env other python -c 'import iniconfig' >log 2>&1 || wrong "$(tail -n 3 log)"
if in_env other python -c 'import six' >log 2>&1; then wrong 'a package that is not required is there'; fi
in_env main python -c 'import six' >log 2>&1 || wrong 'the first environment is gone'

# What cannot be installed is not kept, however often it is tried.
printf -- '--no-index\nno-such-package==1\n' >other/requirements.txt
for time in 1 2; do
    if in_env other python -c '' >log 2>&1; then wrong "a broken environment was used, the $time. time"; fi
done
rm other/requirements.txt
if in_env other true >log 2>&1; then wrong 'there are no requirements, and nothing was said'; fi
grep -q 'there is no requirements.txt' log || wrong "$(cat log)"
