"""Letters beyond Western Europe: as much of DejaVu Sans Mono as a sheet needs (OpenType, ISO/IEC 14496-22).

The font comes with python-barcode. What is embedded keeps its glyph numbers; outlines that nobody needs become blank.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from importlib.resources import files

KEPT = ("cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep")
"""The tables that a PDF reader needs of an embedded TrueType font (ISO 32000-1, 9.9)."""
_UNICODE_FULL = (3, 10)
_WORDS, _SCALE, _MORE, _TWO_SCALES, _MATRIX = 0x01, 0x08, 0x20, 0x40, 0x80
"""Flags of a part of a composite glyph: how long its description is, and whether another part follows."""


class Font:
    """A TrueType font whose letters are all equally wide."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        (count,) = struct.unpack_from(">H", data, 4)
        entries = (struct.unpack_from(">4s4xLL", data, 12 + 16 * number) for number in range(count))
        self._tables = {tag.decode(): data[start : start + length] for tag, start, length in entries}

    @cached_property
    def glyphs(self) -> dict[str, int]:
        """The glyph number of every character that the font has."""
        cmap = self._tables["cmap"]
        (count,) = struct.unpack_from(">H", cmap, 2)
        subtables = (struct.unpack_from(">HHL", cmap, 4 + 8 * number) for number in range(count))
        (start,) = [offset for platform, encoding, offset in subtables if (platform, encoding) == _UNICODE_FULL]
        form, groups = struct.unpack_from(">H10xL", cmap, start)
        assert form == 12, "the full repertoire is in segments"
        found: dict[str, int] = {}
        for number in range(groups):
            first, last, glyph = struct.unpack_from(">LLL", cmap, start + 16 + 12 * number)
            found.update((chr(code), glyph + code - first) for code in range(first, last + 1))
        return found

    @property
    def width(self) -> int:
        """Of every letter, in thousandths of its size."""
        (advance,) = struct.unpack_from(">H", self._tables["hhea"], 10)
        return round(int(advance) * 1000 / self._units)

    @property
    def box(self) -> list[int]:
        """What no letter goes beyond, in thousandths of its size: left, bottom, right, top."""
        return [round(edge * 1000 / self._units) for edge in struct.unpack_from(">4h", self._tables["head"], 36)]

    @property
    def _units(self) -> int:
        (units,) = struct.unpack_from(">H", self._tables["head"], 18)
        return int(units)

    def only(self, glyphs: Iterable[int]) -> bytes:
        """The font with the outlines of these glyphs alone, and of what stands for a missing one."""
        outlines, starts = self._tables["glyf"], self._starts
        kept = bytearray(len(outlines))
        for glyph in self._with_parts({0, *glyphs}):
            kept[starts[glyph] : starts[glyph + 1]] = outlines[starts[glyph] : starts[glyph + 1]]
        return _packed({tag: self._tables[tag] for tag in KEPT if tag in self._tables} | {"glyf": bytes(kept)})

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        """Where each glyph's outline begins; the last one ends where one more would."""
        loca = self._tables["loca"]
        (long,) = struct.unpack_from(">h", self._tables["head"], 50)
        if long:
            return struct.unpack(f">{len(loca) // 4}L", loca)
        return tuple(2 * half for half in struct.unpack(f">{len(loca) // 2}H", loca))

    def _with_parts(self, glyphs: set[int]) -> set[int]:
        """With all that composite glyphs are made of."""
        found, left = set[int](), set(glyphs)
        while left:
            found |= left
            left = {part for glyph in left for part in self._parts(glyph)} - found
        return found

    def _parts(self, glyph: int) -> Iterator[int]:
        outlines, at = self._tables["glyf"], self._starts[glyph]
        if at == self._starts[glyph + 1] or struct.unpack_from(">h", outlines, at)[0] >= 0:
            return
        at, flags = at + 10, _MORE
        while flags & _MORE:
            flags, part = struct.unpack_from(">HH", outlines, at)
            yield part
            at += 8 if flags & _WORDS else 6
            at += 2 if flags & _SCALE else 4 if flags & _TWO_SCALES else 8 if flags & _MATRIX else 0


def _packed(tables: dict[str, bytes]) -> bytes:
    """A font file of these tables; the sum over all of it, which `head` has, is of no use to a reader and left out."""
    directory, body, at = [], [], 12 + 16 * len(tables)
    head = tables["head"]
    for tag, content in sorted({**tables, "head": head[:8] + bytes(4) + head[12:]}.items()):
        padded = content + bytes(-len(content) % 4)
        total = sum(struct.unpack(f">{len(padded) // 4}L", padded)) & 0xFFFFFFFF
        directory.append(struct.pack(">4sLLL", tag.encode(), total, at, len(content)))
        body.append(padded)
        at += len(padded)
    power = len(tables).bit_length() - 1
    start = struct.pack(">LHHHH", 0x00010000, len(tables), 16 << power, power, 16 * len(tables) - (16 << power))
    return b"".join([start, *directory, *body])


@cache
def dejavu() -> Font:
    """DejaVu Sans Mono: Latin with all its accents, Greek, Cyrillic, Armenian, Georgian and more."""
    return Font(files("barcode").joinpath("fonts", "DejaVuSansMono.ttf").read_bytes())
