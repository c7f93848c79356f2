"""Names of the reference wherever they are said, in docstrings and on pages: code, and a link to what it names."""

from typing import Any

from docutils import nodes
from sphinx import addnodes

from making import names

ALSO_COLUMNS = {*names.GROUPS["Cash flows and risk"], "power"}  # by themselves these are figures more often than calls


def role(
    _name: str, rawtext: str, text: str, _line: int, _inliner: Any, _options: Any = None, _content: Any = None
) -> Any:
    """Code; a link where it has a page: `sib.simulate`, `Update.remaining()`, but not the column called `irr`."""
    code = nodes.literal(rawtext, text)
    target = names.targets().get(text.removesuffix("()").removeprefix("sib."))
    if target is None or text in ALSO_COLUMNS:
        return [code], []
    return [_link(code, target)], []


def _link(code: nodes.literal, target: str) -> addnodes.pending_xref:
    return addnodes.pending_xref(
        "", code, refdomain="py", reftype="obj", reftarget=target, refexplicit=True, refwarn=True
    )


def linked(_app: Any, doctree: nodes.document) -> None:
    """Make links of the calls on a page: `sib.solve(...)` anywhere, those about its objects in a table of questions."""
    for table in doctree.findall(nodes.table):
        heads = [entry.astext() for entry in next(iter(table.findall(nodes.row))).findall(nodes.entry)]
        if heads[:2] == ["question", "call"]:
            table["classes"].append("questions")
    for code in list(doctree.findall(nodes.literal)):
        if not isinstance(code.parent, nodes.reference | addnodes.pending_xref | nodes.title):
            target = names.called(code.astext(), names.ABOUT if "questions" in _table(code) else {})
            if target:
                code.replace_self(_link(code.deepcopy(), target))


def _table(node: Any) -> list[str]:
    """The classes of the table that something stands in."""
    while node is not None and not isinstance(node, nodes.table):
        node = node.parent
    return [] if node is None else list(node["classes"])


def unsigned(_app: Any, what: str, *_: Any) -> tuple[str, None] | None:
    """Classes without a signature: what the library returns is not made by hand."""
    return ("", None) if what == "class" else None
