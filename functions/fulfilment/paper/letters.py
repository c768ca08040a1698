"""How a sheet writes its letters: in the font that every reader has, in an embedded one where that has not all, and
Chinese, Japanese and Korean in one that the reader brings along."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Protocol

import pydyf

from functions.fulfilment.paper.asian import Asian, is_asian

MISSING = "?"
"""Printed for what the font does not have."""
_FIXED_SYMBOLIC = 5
"""Flags of a font: all letters equally wide, none in a standard order."""


class Letters(Protocol):
    """The font of a sheet."""

    def put_into(self, document: pydyf.PDF) -> bytes:
        """Add the font to the document; answers what pages refer to it by."""
        ...

    def shown(self, text: str) -> bytes:
        """The text as an operand of `TJ`."""
        ...


class Fonts:
    """What the texts of one sheet are written in: Courier where it has every letter, else DejaVu Sans Mono, embedded;
    and an Asian font where they need one."""

    def __init__(self, texts: Iterable[str]) -> None:
        asian, other = _parted("".join(_normal(text) for text in texts))
        self._fonts: dict[bool, Letters] = {False: Western() if _western(other) else Embedded([other])}
        if asian:
            self._fonts[True] = Asian([asian])

    def put_into(self, document: pydyf.PDF) -> dict[str, bytes]:
        """Add the fonts to the document; answers what pages refer to them by, by name."""
        return {_name(asian): font.put_into(document) for asian, font in self._fonts.items()}

    def runs(self, text: str) -> Iterator[tuple[str, bytes]]:
        """The text as operands of `TJ`, each with the name of its font."""
        for asian, run in groupby(_normal(text), key=is_asian):
            yield _name(asian), self._fonts[asian].shown("".join(run))


def _name(asian: bool) -> str:
    return "F2" if asian else "F1"


def _parted(text: str) -> tuple[str, str]:
    """Its Asian letters, and the others."""
    return "".join(one for one in text if is_asian(one)), "".join(one for one in text if not is_asian(one))


def unwritable(texts: Iterable[str], *, reader_fonts: bool) -> str:
    """Letters and digits of these texts that a sheet may not show: those that no font here has (Chinese, Japanese and
    Korean ones unless with `reader_fonts`), and those of scripts that run from right to left, whose letters change with
    their neighbours. Other signs do without (`MISSING`)."""
    from functions.fulfilment.paper.font import dejavu  # only who needs it reads it

    asian, other = _parted("".join(_normal(text) for text in texts))
    if not reader_fonts:
        other += asian
    if _western(other):
        return ""
    known = dejavu().glyphs
    words = (one for one in other if unicodedata.category(one)[0] in "LMN")
    return "".join(sorted({one for one in words if one not in known or right_to_left(one)}))


def right_to_left(letter: str) -> bool:
    """Whether the letter is of such a script: Hebrew, Arabic and more."""
    return unicodedata.bidirectional(letter) in {"R", "AL", "AN"}


def _normal(text: str) -> str:
    """Letters and their accents as one character, where there is one."""
    return unicodedata.normalize("NFC", text)


def _western(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


class Western:
    """Courier, which every reader has: Western European letters (Windows-1252)."""

    def put_into(self, document: pydyf.PDF) -> bytes:
        font = pydyf.Dictionary(
            {"Type": "/Font", "Subtype": "/Type1", "BaseFont": "/Courier", "Encoding": "/WinAnsiEncoding"}
        )
        document.add_object(font)
        return bytes(font.reference)

    def shown(self, text: str) -> bytes:
        return bytes(pydyf.String(_normal(text).encode("cp1252")).data)


class Embedded:
    """DejaVu Sans Mono with the outlines of these texts' letters (a CIDFont by glyph numbers, ISO 32000-1, 9.7)."""

    NAME = "/THRLNE+DejaVuSansMono"
    """The tag of six letters says that the font is not there in whole."""

    def __init__(self, texts: Iterable[str]) -> None:
        from functions.fulfilment.paper.font import dejavu  # only who needs it reads it

        self._font = dejavu()
        known = self._font.glyphs
        self._glyphs = {one: known[one] for one in {MISSING, *"".join(texts)} if one in known}

    def put_into(self, document: pydyf.PDF) -> bytes:
        file = self._font.only(self._glyphs.values())
        embedded = pydyf.Stream([file], extra={"Length1": len(file)}, compress=True)
        document.add_object(embedded)
        document.add_object(self._readable())
        readable = document.objects[-1]
        box = self._font.box
        descriptor = pydyf.Dictionary(
            {
                "Type": "/FontDescriptor",
                "FontName": self.NAME,
                "Flags": _FIXED_SYMBOLIC,
                "FontBBox": pydyf.Array(box),
                "ItalicAngle": 0,
                "Ascent": box[3],
                "Descent": box[1],
                "CapHeight": box[3],
                "StemV": 80,
                "FontFile2": embedded.reference,
            }
        )
        document.add_object(descriptor)
        outlines = pydyf.Dictionary(
            {
                "Type": "/Font",
                "Subtype": "/CIDFontType2",
                "BaseFont": self.NAME,
                "CIDSystemInfo": pydyf.Dictionary(
                    {"Registry": pydyf.String("Adobe"), "Ordering": pydyf.String("Identity"), "Supplement": 0}
                ),
                "FontDescriptor": descriptor.reference,
                "DW": self._font.width,
                "CIDToGIDMap": "/Identity",
            }
        )
        document.add_object(outlines)
        font = pydyf.Dictionary(
            {
                "Type": "/Font",
                "Subtype": "/Type0",
                "BaseFont": self.NAME,
                "Encoding": "/Identity-H",
                "DescendantFonts": pydyf.Array([outlines.reference]),
                "ToUnicode": readable.reference,
            }
        )
        document.add_object(font)
        return bytes(font.reference)

    def shown(self, text: str) -> bytes:
        missing = self._glyphs[MISSING]
        return b"<" + b"".join(b"%04x" % self._glyphs.get(one, missing) for one in _normal(text)) + b">"

    def _readable(self) -> pydyf.Stream:
        """Which character each glyph stands for, for who searches or copies the text."""
        known = sorted({glyph: one for one, glyph in self._glyphs.items()}.items())
        lines = ["/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def"]
        lines += ["1 begincodespacerange <0000> <ffff> endcodespacerange"]
        for start in range(0, len(known), 100):  # the most that one block takes
            part = known[start : start + 100]
            pairs = (f"<{glyph:04x}> <{one.encode('utf-16-be').hex()}>" for glyph, one in part)
            lines += [f"{len(part)} beginbfchar", *pairs, "endbfchar"]
        lines += ["endcmap CMapName currentdict /CMap defineresource pop end end"]
        return pydyf.Stream(["\n".join(lines).encode()])
