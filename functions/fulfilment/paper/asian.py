"""Chinese, Japanese and Korean letters on sheets, in fonts that readers bring along (ISO 32000-1, 9.7.5.2).

A font of these scripts has 4 to 16 MB. PDF names the letters of each by a standard collection instead, which readers
know where such letters are read. A computer without such a font prints blanks, so nobody gets them unasked on a label.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

import pydyf

_BLOCKS = (
    (0x1100, 0x11FF),
    (0x2E80, 0x303F),
    (0x3040, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF),
    (0xFF00, 0xFFEF),
    (0x20000, 0x3134F),
)
"""First and last letter of each block of these scripts, their punctuation and full-width forms."""
_KANA = ((0x3040, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9F))
_HANGUL = ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7A3))


@dataclass(frozen=True)
class Collection:
    """A standard collection of letters, its font that readers replace by their own, and how text names its letters."""

    ordering: str
    supplement: int
    font: str
    encoding: str


JAPANESE = Collection("Japan1", 6, "HeiseiKakuGo-W5", "UniJIS-UTF16-H")
KOREAN = Collection("Korea1", 2, "HYSMyeongJo-Medium", "UniKS-UTF16-H")
CHINESE = Collection("GB1", 5, "STSong-Light", "UniGB-UTF16-H")


def is_asian(letter: str) -> bool:
    """Whether the letter is of one of these scripts."""
    return _within(letter, _BLOCKS)


def collection_of(texts: Iterable[str]) -> Collection:
    """Whose letters these are: kana are written in Japan, hangul in Korea; the others are everybody's."""
    found = "".join(texts)
    if any(_within(one, _KANA) for one in found):
        return JAPANESE
    return KOREAN if any(_within(one, _HANGUL) for one in found) else CHINESE


def _within(letter: str, blocks: tuple[tuple[int, int], ...]) -> bool:
    at = bisect_right(blocks, (ord(letter), 0x110000)) - 1
    return at >= 0 and blocks[at][0] <= ord(letter) <= blocks[at][1]


class Asian:
    """One of these fonts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._collection = collection_of(texts)

    def put_into(self, document: pydyf.PDF) -> bytes:
        which = self._collection
        descriptor = pydyf.Dictionary(
            {
                "Type": "/FontDescriptor",
                "FontName": f"/{which.font}",
                "Flags": 6,
                "FontBBox": pydyf.Array([-25, -254, 1000, 880]),
                "ItalicAngle": 0,
                "Ascent": 880,
                "Descent": -120,
                "CapHeight": 880,
                "StemV": 93,
            }
        )
        document.add_object(descriptor)
        letters = pydyf.Dictionary(
            {
                "Type": "/Font",
                "Subtype": "/CIDFontType0",
                "BaseFont": f"/{which.font}",
                "CIDSystemInfo": pydyf.Dictionary(
                    {
                        "Registry": pydyf.String("Adobe"),
                        "Ordering": pydyf.String(which.ordering),
                        "Supplement": which.supplement,
                    }
                ),
                "FontDescriptor": descriptor.reference,
                "DW": 1000,
            }
        )
        document.add_object(letters)
        font = pydyf.Dictionary(
            {
                "Type": "/Font",
                "Subtype": "/Type0",
                "BaseFont": f"/{which.font}-{which.encoding}",
                "Encoding": f"/{which.encoding}",
                "DescendantFonts": pydyf.Array([letters.reference]),
            }
        )
        document.add_object(font)
        return bytes(font.reference)

    def shown(self, text: str) -> bytes:
        return b"<" + text.encode("utf-16-be").hex().encode() + b">"
