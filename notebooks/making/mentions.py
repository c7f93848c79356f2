"""What a docstring sets in single backticks: code, and a link where it is a name of the reference, said as one."""

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
    link = addnodes.pending_xref(
        "", code, refdomain="py", reftype="obj", reftarget=target, refexplicit=True, refwarn=True
    )
    return [link], []


def unsigned(_app: Any, what: str, *_: Any) -> tuple[str, None] | None:
    """Classes without a signature: what the library returns is not made by hand."""
    return ("", None) if what == "class" else None
