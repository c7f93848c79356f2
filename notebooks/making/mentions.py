"""What a docstring sets in single backticks: code, and a link where it is a name of the reference, said as one."""

from typing import Any

from docutils import nodes
from sphinx import addnodes

from making import names


def role(
    _name: str, rawtext: str, text: str, _line: int, _inliner: Any, _options: Any = None, _content: Any = None
) -> Any:
    """Code; a link where it has a page: `sib.simulate`, `Update.remaining()`, but not the column called `irr`."""
    code = nodes.literal(rawtext, text)
    target = names.targets().get(text.removesuffix("()").removeprefix("sib."))
    bare_word = text.islower() and "." not in text and not text.endswith("()")
    if target is None or bare_word:
        return [code], []
    link = addnodes.pending_xref(
        "", code, refdomain="py", reftype="obj", reftarget=target, refexplicit=True, refwarn=True
    )
    return [link], []


def unsigned(_app: Any, what: str, *_: Any) -> tuple[str, None] | None:
    """Classes without a signature: what the library returns is not made by hand."""
    return ("", None) if what == "class" else None
