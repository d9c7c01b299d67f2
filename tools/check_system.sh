#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Checks the packages of the operating system that pip cannot bring; prints one line with the apt command if any is missing.
# usage: check_system.sh [waves|dev|test|list]   with "waves" also what an FST trace needs, with "dev" git, with "test" both;
# "list" prints all packages, which README's apt line and continuous integration install. PYTHON names the interpreter (python3).
packages="git g++ make perl python3-venv libpython3-dev liblz4-dev zlib1g-dev"
[ "$1" = list ] && echo "$packages" && exit 0

python=${PYTHON:-python3}
missing=

fail() {
    echo "error: $1" >&2
    exit 2
}

tools="g++ make perl"
[ "$1" = dev ] || [ "$1" = test ] && tools="git $tools"  # lint and tests list files and look at commits
for tool in $tools; do
    command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
if ! command -v "$python" >/dev/null 2>&1; then
    [ "$python" = python3 ] || fail "PYTHON=$python: no such program; name a Python of at least 3.11"
    missing="$missing python3-venv"
else
    case $("$python" -c 'import sys; print("is", "old" if sys.version_info < (3, 11) else "new")' 2>/dev/null </dev/null) in
    "is new") ;;
    "is old") fail "$python is older than 3.11; name a newer one with make PYTHON=python3.11 ..." ;;
    *) fail "PYTHON=$python is no Python that works; name one of at least 3.11" ;;
    esac
    "$python" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
    # cocotb loads Python into the simulator, so the shared library must exist.
    "$python" -c 'import ctypes, sysconfig; ctypes.CDLL(sysconfig.get_config_var("INSTSONAME"))' 2>/dev/null ||
        missing="$missing libpython3-dev"
fi
if command -v g++ >/dev/null 2>&1; then
    # Verilator's C++20 coroutines need g++ 12.
    [ "$(g++ -dumpversion | cut -d. -f1)" -ge 12 ] || missing="$missing g++-12"
    if [ "$1" = waves ] || [ "$1" = test ]; then
        printf '#include <lz4.h>\n' | g++ -E -x c++ - >/dev/null 2>&1 || missing="$missing liblz4-dev"
        printf '#include <zlib.h>\n' | g++ -E -x c++ - >/dev/null 2>&1 || missing="$missing zlib1g-dev"
    fi
fi
[ -z "$missing" ] || fail "system packages are missing; run: sudo apt-get install -y$missing"
