"""Words for the pictures of notebooks, which have none of their own: what the section asks that they answer."""

from typing import Any

from docutils import nodes


def named(app: Any, doctree: nodes.document) -> None:
    """Give each picture that has no words the titles of the page and of its section."""
    for picture in doctree.findall(nodes.image):
        if not picture.get("alt"):
            picture["alt"] = ": ".join(dict.fromkeys(_titles(picture)))


def _titles(node: Any) -> list[str]:
    above: list[str] = []
    while node.parent is not None:
        node = node.parent
        title = next(iter(node.findall(nodes.title)), None) if isinstance(node, nodes.section) else None
        if title is not None:
            above.insert(0, title.astext())
    return [above[0], above[-1]] if above else ["picture"]
