"""How a sheet writes its letters: in the font that every reader has, or in an embedded one where that has not all."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Protocol

import pydyf

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


def letters(texts: Iterable[str]) -> Letters:
    """What these texts can be written in: Courier where it has every letter, else DejaVu Sans Mono, embedded."""
    normal = [_normal(text) for text in texts]
    if all(_western(text) for text in normal):
        return Western()
    return Embedded(normal)


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
