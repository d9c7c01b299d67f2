# SPDX-License-Identifier: Apache-2.0
"""``python -m tests.fuzz --seed S --count N [--transformers]``: judge N networks, and say what was found."""

import argparse
import sys
from collections import Counter

import onnx

from tests.fuzz.judge import Verdict, judge, network_of, reason


def main() -> int:
    """0 if none was wrong and none crashed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of the first network")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--transformers", action="store_true", help="encoder blocks instead of chains of operators")
    parser.add_argument("--save", default="", help="write the network of --seed as an ONNX file, and judge it alone")
    options = parser.parse_args()
    if options.save:
        onnx.save(network_of(options.seed, transformer=options.transformers)[0], options.save)
        options.count = 1
    verdicts = {}
    for seed in range(options.seed, options.seed + options.count):
        verdict = verdicts[seed] = judge(seed, transformer=options.transformers)
        if verdict.kind in ("wrong", "crashed"):
            print(f"seed {seed}: {verdict.kind}: {verdict.detail}", flush=True)
    print(summary(verdicts))
    return int(any(verdict.kind in ("wrong", "crashed") for verdict in verdicts.values()))


def summary(verdicts: dict[int, Verdict]) -> str:
    """How many of each kind, what was compared, and why networks were refused, the most frequent reason first."""
    kinds = Counter(verdict.kind for verdict in verdicts.values())
    checks = Counter(check for verdict in verdicts.values() for check in verdict.checks)
    lines = [", ".join(f"{count} {kind}" for kind, count in kinds.most_common())]
    lines += [", ".join(f"{check} of {count}" for check, count in checks.most_common())]
    reasons: dict[str, list[int]] = {}
    for seed, verdict in verdicts.items():
        if verdict.kind in ("refused", "void"):
            reasons.setdefault(f"{verdict.kind}: {reason(verdict.detail)}", []).append(seed)
    lines += [f"{len(s)} {r} (seed {s[0]})" for r, s in sorted(reasons.items(), key=lambda item: -len(item[1]))]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
