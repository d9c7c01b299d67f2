# SPDX-License-Identifier: Apache-2.0
"""A page as a reader's program sees it: elements with attributes, in order, and the text outside scripts."""

from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br"}
SELF_CLOSED = {"path", "rect", "circle"}


class Parsed(HTMLParser):
    """``elements``: (name, attributes); ``open_at_end`` is empty if every element was closed in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open_at_end: list[str] = []
        self.disorder: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID | SELF_CLOSED:
            self.open_at_end.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in SELF_CLOSED:
            return
        if not self.open_at_end or self.open_at_end.pop() != tag:
            self.disorder.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of every element ``tag``."""
        return [attributes for name, attributes in self.elements if name == tag]

    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Elements with the names of their attributes: the same, whatever the texts are."""
        return [(name, tuple(attributes)) for name, attributes in self.elements]
