"""What `mkdocs` needs beside the pages of this folder: pages of the repository that lie elsewhere, and links to them.

On GitHub a link may lead anywhere in the repository. On the site, links to pages that it has lead there; of the
others the words stay.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).resolve().parent.parent
PREFIX: Final = "project/"
ELSEWHERE: Final = (
    *("CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md"),
    *("benchmarks/README.md", "src/fauxface/paper/fidelity.md"),
    *(page.relative_to(ROOT).as_posix() for page in sorted((ROOT / "benchmarks" / "results").glob("*.md"))),
)
"""Pages outside of ``docs/`` that the site has, below ``project/``."""
# Code first where it comes first, so that links within it stay as they are.
_TOKEN: Final = re.compile(
    r"^( *)```.*?^\1```"
    r"|(?P<picture>!?)\[(?P<words>(?:[^\[\]]|!?\[[^\]]*\](?:\([^)]*\))?)*)\]\((?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)"
    r"|`[^`\n]+`",
    flags=re.M | re.S,
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that lie elsewhere."""
    for page in ELSEWHERE:
        files.append(File.generated(config, PREFIX + page, abs_src_path=str(ROOT / page)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links of the repository into links of the site."""
    del config, files
    own = page.file.src_uri
    at = own.removeprefix(PREFIX) if own.startswith(PREFIX) else f"docs/{own}"

    def turned(token: re.Match[str]) -> str:
        target, words = token["target"], token["words"]
        if target is None or re.match(r"[a-z]+:", target):
            return token[0]
        file = os.path.normpath(os.path.join(os.path.dirname(at), target))  # noqa: PTH118, PTH120
        if file.startswith("docs/") and (ROOT / file).is_file():
            to = file.removeprefix("docs/")
        elif file in ELSEWHERE:
            to = PREFIX + file
        else:
            return words if (ROOT / file).exists() else token[0]  # mkdocs says that it is dead
        way = os.path.relpath(to, os.path.dirname(own) or ".")  # noqa: PTH120
        return f"{token['picture']}[{words}]({way}{token['anchor'] or ''})"

    return _TOKEN.sub(turned, markdown)
