"""The book: `sphinx-build -W --keep-going -b html notebooks FOLDER`, or `python -m tests.book FOLDER`.

Pages on deals, on names and on commands are made from the deals, the docstrings and the help themselves (`making`),
into the folders `deals` and `reference`, which are no part of the repository.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]  # what is documented is this checkout

from making import formulas, mentions, names, pages, pictures

from sib.version import VERSION

project = "sib"
author = "The sib developers"
copyright = "the sib developers, MIT licence"  # noqa: A001 -- as Sphinx calls it
version = release = VERSION

extensions = ["myst_nb", "sphinx.ext.autodoc", "numpydoc"]
exclude_patterns = ["making"]
nitpicky = True
default_role = "mention"
smartquotes = False  # quotes in docstrings are code's own
html_math_renderer = "mathml"  # of the browser: nothing is loaded, and nothing runs

nb_execution_mode = "off"  # notebooks are shown as they were executed; CI executes them
nb_merge_streams = True
myst_heading_anchors = 4
myst_enable_extensions = ["attrs_block", "colon_fence"]

autodoc_typehints = "none"  # the docstrings say what each argument is
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = True  # the library's own classes are links, and nothing else is: see setup
numpydoc_xref_ignore = "all"
add_module_names = False
toc_object_entries_show_parents = "hide"
python_use_unqualified_type_names = True

html_theme = "pydata_sphinx_theme"
html_title = "sib"
html_static_path = ["static"]
html_css_files = ["book.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {
    "logo": {"text": f"sib {release}"},
    "header_links_before_dropdown": 7,
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": {"**": ["page-toc"], "index": []},
    "show_toc_level": 2,
    "back_to_top_button": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"index": [], "first_hour": []}


def _own_classes(app):
    app.config.numpydoc_xref_aliases_complete = names.classes()


def setup(app):
    """Make the pages that are made, before Sphinx looks for pages; and say how formulas and pictures are said."""
    app.add_html_math_renderer("mathml", (formulas.inline, None), (formulas.block, None))
    app.add_role("mention", mentions.role)
    app.connect("autodoc-process-signature", mentions.unsigned)
    app.connect("doctree-read", mentions.linked)
    app.connect("doctree-read", pictures.named)
    app.connect("builder-inited", _own_classes, priority=900)  # after numpydoc's, which would link to pages elsewhere
    pages.write_all(HERE)
