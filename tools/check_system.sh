#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Checks the packages of the operating system that pip cannot bring; prints one line with the apt command if any is missing.
# usage: check_system.sh [waves]   with "waves", also what an FST trace needs. PYTHON names the interpreter (python3).
python=${PYTHON:-python3}
missing=
for tool in g++:g++ make:make perl:perl "$python":python3; do
    command -v "${tool%%:*}" >/dev/null 2>&1 || missing="$missing ${tool##*:}"
done
if command -v "$python" >/dev/null 2>&1; then
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "error: $python is older than 3.11; name a newer one with make PYTHON=python3.11 ..." >&2
        exit 2
    }
    "$python" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
    # cocotb loads Python into the simulator, so the shared library must exist.
    "$python" -c 'import ctypes, sysconfig; ctypes.CDLL(sysconfig.get_config_var("INSTSONAME"))' 2>/dev/null ||
        missing="$missing libpython3-dev"
fi
if command -v g++ >/dev/null 2>&1; then
    # Verilator's C++20 coroutines need g++ 12.
    [ "$(g++ -dumpversion | cut -d. -f1)" -ge 12 ] || missing="$missing g++-12"
    if [ "$1" = waves ]; then
        printf '#include <lz4.h>\n' | g++ -E -x c++ - >/dev/null 2>&1 || missing="$missing liblz4-dev"
        printf '#include <zlib.h>\n' | g++ -E -x c++ - >/dev/null 2>&1 || missing="$missing zlib1g-dev"
    fi
fi
[ -z "$missing" ] && exit 0
echo "error: system packages are missing; run: sudo apt-get install -y$missing" >&2
exit 2
