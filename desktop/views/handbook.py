"""The clerk's handbook as the program reads it: docs/handbook, chapter by chapter, found by topic or by words.

A heading is given its topics by a comment above it, which no reader of the Markdown sees:

    <!-- help: receipt.reverse -->
    ## 冲红

A packaged program carries the folder along as it carries `resources`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "handbook"
_HELP = re.compile(r"<!--\s*help:\s*(.*?)\s*-->")
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./|https?:)[^)]*\)")
"""Links that lead out of the handbook: their words stay."""

_HAN = "\u2014-\u201d\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef"
_BROKEN = re.compile(rf"(?<=[{_HAN}])\n[ ]*(?=[{_HAN}])")
"""A line broken within a Chinese paragraph: Markdown would put a blank there."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it, up to the next one."""

    file: str
    chapter: str
    heading: str
    level: int
    topics: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One file: its title, the Markdown to be shown, and its sections."""

    file: str
    title: str
    markdown: str
    sections: tuple[Section, ...]


@lru_cache(maxsize=1)
def chapters(folder: Path = FOLDER) -> tuple[Chapter, ...]:
    """Every chapter in its order; the list of contents itself is not one."""
    files = sorted(path for path in folder.glob("*.md") if path.stem != "README")
    return tuple(_chapter(path) for path in files)


def _chapter(path: Path) -> Chapter:
    text = path.read_text("utf-8")
    sections: list[Section] = []
    topics: tuple[str, ...] = ()
    lines: list[str] = []
    title = head = path.stem
    level = 1

    def keep() -> None:
        if sections_begun:
            sections.append(Section(path.name, title, head, level, held, "\n".join(lines).strip()))

    sections_begun, held = False, topics
    for line in text.splitlines():
        if found := _HELP.search(line):
            topics = tuple(each.strip() for each in found[1].split(",") if each.strip())
            continue
        if heading := re.match(r"(#{1,4})\s+(.*)", line):
            keep()
            head, level, held, lines, sections_begun = heading[2].strip(), len(heading[1]), topics, [], True
            if level == 1:
                title = head
            topics = ()
        else:
            lines.append(line)
    keep()
    shown = _BROKEN.sub("", _OUTSIDE.sub(r"\1", _COMMENT.sub("", text)))
    return Chapter(path.name, title, shown, tuple(sections))


def section_of(topic: str) -> Section | None:
    """The section of a topic; "receipt.reverse" without one of its own is told by "receipt"."""
    known = {each: section for chapter in chapters() for section in chapter.sections for each in section.topics}
    step = topic
    while step:
        if step in known:
            return known[step]
        step = step.rpartition(".")[0]
    return None


def chapter_of(file: str) -> Chapter | None:
    """A chapter by the name of its file."""
    return next((chapter for chapter in chapters() if chapter.file == file), None)


def search(words: str) -> list[Section]:
    """Sections in which every word stands, those first whose heading has it; without words all of them."""
    wanted = _fold(words).split()
    found = []
    for number, section in enumerate(section for chapter in chapters() for section in chapter.sections):
        heading, whole = _fold(section.heading), _fold(f"{section.heading} {section.text}")
        if all(word in whole for word in wanted) and (section.text or not wanted):
            found.append((bool(wanted) and not all(word in heading for word in wanted), number, section))
    return [section for _, _, section in sorted(found, key=lambda each: each[:2])]


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", re.sub(r"[*`|>#]", "", text)).casefold()
