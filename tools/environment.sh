#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes .venv/ what this checkout needs, or says in one line why it cannot: exit status 2.
# usage: environment.sh run|dev|test    "dev" has the tests' packages too; "test" also needs what waveforms need.
# PYTHON names the interpreter that .venv is made with; LOCKED=1 installs the versions of requirements.lock; WAVES as in
# make sim. Heals what was copied, moved, interrupted, or lost its Python. build/status, which says how a command ended,
# is 2 if nothing could begin.
venv=.venv
python=${PYTHON:-python3}
kind=$1
rm -f build/status 2>/dev/null

fail() {
    [ -z "$1" ] || echo "error: $1" >&2
    mkdir -p build 2>/dev/null && { echo 2 >build/status; } 2>/dev/null
    exit 2
}

needs=$kind
[ "$kind" != test ] && [ -n "$WAVES" ] && needs=waves
sh tools/check_system.sh $needs || fail

# A Python that is gone, of another version than its packages, or without pip because the making was interrupted.
if [ -e $venv ] || [ -L $venv ]; then
    if ! $venv/bin/python -c 'import pip' >/dev/null 2>&1; then
        echo "$venv has no Python that works: it is made anew"
        rm -rf $venv || fail "$venv cannot be removed"
    fi
fi
if [ ! -e $venv ]; then
    reason=$("$python" -m venv $venv 2>&1) || { rm -rf $venv; fail "no environment in $PWD/$venv: $(echo "$reason" | tail -n 1)"; }
fi
$venv/bin/python tools/moved_venv.py $venv || fail

constraint=
what="$(cat pyproject.toml)"
stamp=$venv/.installed
[ "$kind" = run ] || stamp=$stamp-dev
if [ -n "$LOCKED" ]; then
    constraint="--constraint requirements.lock"
    what="$what$(cat requirements.lock)"
    stamp=$stamp-locked
fi
digest=$(printf '%s' "$what" | cksum)
# What the tests need contains what a run needs.
for found in "$stamp" "$(echo "$stamp" | sed 's/installed-dev/installed/; s/installed/installed-dev/')"; do
    [ "$(cat "$found" 2>/dev/null)" = "$digest" ] && exit 0
done
case $kind in
run) echo "installing Python packages into $venv" && packages=. ;;
*) echo "installing Python packages, tests' included, into $venv" && packages='.[dev,farm]' ;;
esac
mkdir -p build 2>/dev/null || fail "build: no folder can be made there"
$venv/bin/python -m pip install --quiet --disable-pip-version-check $constraint -e "$packages" >build/pip.log 2>&1 ||
    fail "pip does not install the Python packages, see build/pip.log: $(grep -a ERROR build/pip.log | tail -n 1 | sed "s/^ *//")"
echo "$digest" >"$stamp" 2>/dev/null || fail "$stamp cannot be written"
