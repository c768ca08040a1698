"""Sheets of text and bar codes as PDF, on A4 (ISO 32000-1)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pydyf
from barcode.codex import Code128

from functions.fulfilment.paper.letters import Fonts
from functions.fulfilment.paper.wrapping import wrapped

WIDTH, HEIGHT = 595, 842
"""A4 in points."""
MARGIN = 50
RIGHT_MARGIN = 20
LETTER_WIDTH = 0.602
"""Of a letter one point high, in both fonts, in points."""
TITLE_POINTS, TEXT_POINTS, LEADING = 14, 10, 14
BAR_POINTS, BAR_HEIGHT = 1, 42
"""A bar of one point is 0.35 mm, which every scanner reads (ISO/IEC 15417 wants 0.25 mm at least)."""
PAGE_NUMBERS = " (0123456789/)"
QUIET_POINTS = 10 * BAR_POINTS
"""Blank on both sides of the bars."""


@dataclass(frozen=True)
class Text:
    """One line of text."""

    text: str = ""
    points: int = TEXT_POINTS

    @property
    def height(self) -> int:
        return max(LEADING, self.points + 4)


@dataclass(frozen=True)
class Bars:
    """The content as Code 128, readable below."""

    content: str
    height: int = BAR_HEIGHT + 2 * LEADING


@dataclass(frozen=True)
class NewPage:
    """What follows begins on a page of its own."""

    height: int = HEIGHT


Block = Text | Bars | NewPage


def pdf(title: str, blocks: Sequence[Block]) -> bytes:
    """Pages of blocks under a title."""
    pages = _pages([part for block in blocks for part in _fitting(block)])
    document = pydyf.PDF()
    written = [block.text if isinstance(block, Text) else block.content for page in pages for block in page]
    sheet = Fonts([title, PAGE_NUMBERS, *written])
    fonts = sheet.put_into(document)
    for number, page in enumerate(pages, start=1):
        stream = _drawn(sheet, f"{title} ({number}/{len(pages)})" if len(pages) > 1 else title, page)
        document.add_object(stream)
        document.add_page(
            pydyf.Dictionary(
                {
                    "Type": "/Page",
                    "Parent": document.pages.reference,
                    "Contents": stream.reference,
                    "MediaBox": pydyf.Array([0, 0, WIDTH, HEIGHT]),
                    "Resources": pydyf.Dictionary({"Font": pydyf.Dictionary(dict(fonts))}),
                }
            )
        )
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


def _fitting(block: Block) -> Iterable[Block]:
    """The block, or as many lines as its text needs."""
    if not isinstance(block, Text):
        return [block]
    columns = int((WIDTH - MARGIN - RIGHT_MARGIN) / (LETTER_WIDTH * block.points))
    return [Text(line, block.points) for line in wrapped(block.text, columns)]


def _pages(blocks: Sequence[Block]) -> list[list[Text | Bars]]:
    room = HEIGHT - 2 * MARGIN - 2 * LEADING
    pages: list[list[Text | Bars]] = [[]]
    left = room
    for block in blocks:
        if block.height > left and pages[-1]:
            pages.append([])
            left = room
        if not isinstance(block, NewPage):
            pages[-1].append(block)
            left -= block.height
    return pages


def _drawn(sheet: Fonts, title: str, blocks: Sequence[Text | Bars]) -> pydyf.Stream:
    stream = pydyf.Stream(compress=False)
    top = HEIGHT - MARGIN
    _say(stream, sheet.runs(title), top, TITLE_POINTS)
    top -= 2 * LEADING
    for block in blocks:
        if isinstance(block, Text):
            _say(stream, sheet.runs(block.text), top, block.points)
        else:
            _bars(stream, block.content, top)
            _say(stream, sheet.runs(block.content), top - BAR_HEIGHT - 2, TEXT_POINTS)
        top -= block.height
    return stream


def _say(stream: pydyf.Stream, runs: Iterable[tuple[str, bytes]], top: int, points: int) -> None:
    stream.begin_text()
    stream.set_text_matrix(1, 0, 0, 1, MARGIN, top - points)
    for font, shown in runs:
        stream.set_font_size(font, points)
        stream.show_text(shown)
    stream.end_text()


def _bars(stream: pydyf.Stream, content: str, top: int) -> None:
    (modules,) = Code128(content).build()
    left = MARGIN + QUIET_POINTS
    for number, module in enumerate(modules):
        if module == "1":
            stream.rectangle(left + number * BAR_POINTS, top - BAR_HEIGHT, BAR_POINTS, BAR_HEIGHT)
    stream.fill()
