"""A page as Markdown, and the same page as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from fauxface.errors import DataError

MAX_PLOT_BYTES: Final = 32 << 20
_SPECIAL: Final = "\\`*_{}[]<>()#+-.!|~&"
STYLE: Final = Path(__file__).with_name("page.css")


def escaped(text: str) -> str:
    """Text that came from outside (a file name) as Markdown that shows it and does nothing else."""
    printable = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return "".join("\\" + c if c in _SPECIAL else c for c in printable)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column is at the left, the others at the right."""
    rule = [":--", *["--:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))


def to_html(markdown: str, title: str, folder: Path) -> str:
    """One self-contained HTML page: plots become part of it, tables scroll by themselves on a phone.

    Raw HTML in the Markdown is shown as text.

    Args:
        markdown: CommonMark with tables.
        title: for the browser's tab.
        folder: where the plots lie, which the Markdown names by relative paths.

    Raises:
        DataError: a plot is missing, outside of ``folder``, or larger than 32 MiB.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("image", _image)
    parser.add_render_rule("table_open", lambda *_: '<div class="scroll"><table>\n')
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    body = parser.render(markdown, {"folder": folder})
    style = STYLE.read_text(encoding="utf-8")
    return (
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">"
        f"<title>{html.escape(title)}</title>\n<style>\n{style}</style></head>\n"
        f"<body><main>\n{body}</main></body></html>\n"
    )


def _image(renderer: Any, tokens: Sequence[Token], number: int, options: Any, env: Mapping[str, Any]) -> str:
    token = tokens[number]
    alternative = html.escape(renderer.renderInlineAsText(token.children or [], options, env), quote=True)
    data = base64.b64encode(_figure(env["folder"], str(token.attrs["src"]))).decode("ascii")
    return f'<img src="data:image/png;base64,{data}" alt="{alternative}">'


def _figure(folder: Path, name: str) -> bytes:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or path.suffix != ".png":
        raise DataError(f"{name}: a page shows PNG files from its own folder only", code="bad_plot")
    try:
        if path.stat().st_size > MAX_PLOT_BYTES:
            raise DataError(f"{path}: larger than {MAX_PLOT_BYTES >> 20} MiB, this is no plot", code="bad_plot")
        return path.read_bytes()
    except OSError as e:
        raise DataError(f"{path}: the plot cannot be read ({e.strerror})", code="bad_plot") from e
