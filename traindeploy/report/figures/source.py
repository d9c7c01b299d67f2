# SPDX-License-Identifier: Apache-2.0
"""The lines of a C file that a report shows of a kernel."""

import re

LONGEST = 80  # lines


def excerpt(text: str, function: str) -> str:
    r"""The comment at the file's head and the definition of ``function``; "" if it is not defined there.

    >>> print(excerpt("// Sums.\nint one(void) {\n    return 1;\n}\nint two(void) { return 2; }\n", "one"))
    // Sums.
    ...
    int one(void) {
        return 1;
    }
    """
    lines = text.splitlines()
    heads = re.compile(rf"[a-z][\w\s*]*\b{re.escape(function)}\(.*[^;]$")
    begin = next((n for n, line in enumerate(lines) if heads.match(line)), None)
    if begin is None:
        return ""
    one_line = lines[begin].rstrip().endswith("}")
    end = begin if one_line else next((n for n in range(begin, len(lines)) if lines[n].startswith("}")), len(lines) - 1)
    body = lines[begin : end + 1]
    if len(body) > LONGEST:
        body = [*body[:LONGEST], f"// ... {end - begin + 1 - LONGEST} lines more"]
    head = []
    for line in lines:
        if not line.startswith("//"):
            break
        head += [line] if "SPDX" not in line else []
    return "\n".join([*head, *(["..."] if head else []), *body])
