"""The documentation as a site: `make docs` writes it to build/site.

Sphinx with MyST and the furo theme: all three are kept up (MkDocs' Material theme ends in May 2027), the Markdown pages are taken as
they are, a link to a file of the repository becomes a download, and a link that leads nowhere is an error. The source folder is
the root of the repository, so that links hold here as they do there.
"""

from datetime import date

from modelassay import __version__

project = "modelassay"
version = release = __version__
copyright = f"{date.today().year}, the modelassay authors"
extensions = ["myst_parser"]
root_doc = "docs/site/index"
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
include_patterns = [
    "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LAB.md", "SECURITY.md",
    "docs/*.md", "docs/guides/*.md", "docs/site/index.rst",
    "examples/note.md", "examples/own-problems/README.md",  # which pages link to
]  # fmt: skip
myst_heading_anchors = 6  # as GitHub gives them
myst_enable_extensions: list[str] = []
# Of the blocks that are shown: no language is text, and `console` is known.
highlight_language = "text"
suppress_warnings = ["myst.header"]  # the lab book's levels
html_theme = "furo"
html_title = "modelassay"
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}
