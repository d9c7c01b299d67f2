# SPDX-License-Identifier: Apache-2.0
"""Names that mean something to C, terminals, shells, archives, pages or ourselves: each must pass through unharmed."""

NASTY = (
    "fc\nint evil;", "relu\\", "*/ evil /*", "??/", "[/bold]", "[magenta]x", "\x1b[45m", "a|b", "<script>",
    "&lt;", "\"'>",
    "'; touch x; '", "$(x)", "`x`", "../../x", "/abs",
    "C:\\x", "\u202eabc", "ünï 中", "\x00", "a" * 250,
    "a" * 249 + "b", "file", "label", "loss", "loss.probs", "allow_pickle", "self", " ", "a b", "a_b", "a?b", "%2F",
    "{{ 7 * 7 }}", "\ud7ff", "#2", "a_b#2",
)  # fmt: skip
