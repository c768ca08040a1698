"""Sheets print every European name right, and stay small."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

import pytest

from functions.fulfilment.paper.font import Font, dejavu
from functions.fulfilment.paper.pdf import Bars, Text, pdf

NAMES = {
    "Polish": "Łukasz Żółć, ul. Świętokrzyska",
    "Turkish": "Şule İğneci, Ağrı",
    "Greek": "Γιώργος Παπαδόπουλος",
    "Cyrillic": "Юлия Щербакова, Київ",
    "Hungarian": "Őry Fűzér",
}
SMALL_BYTES = 40_000
"""A label that embeds letters; as base64 in JSON it is a third more."""


def shown(content: bytes) -> Iterator[str]:
    """The texts of a sheet as a reader would copy them, by the map from its glyphs."""
    pairs = re.findall(rb"<([0-9a-f]{4})> <([0-9a-f]{4,8})>\n", content)
    readable = {glyph: bytes.fromhex(code.decode()).decode("utf-16-be") for glyph, code in pairs}
    for one in re.findall(rb"\[<([0-9a-f]*)>\] TJ", content):
        yield "".join(readable[one[at : at + 4]] for at in range(0, len(one), 4))


def embedded(content: bytes) -> bytes:
    """The font file within a sheet."""
    (length,) = re.findall(rb"/Length1 (\d+)", content)
    start = content.index(b"stream\n", content.index(b"/Length1")) + 7
    file = zlib.decompressobj().decompress(content[start:])
    assert len(file) == int(length)
    return file


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_names_beyond_western_europe_are_printed_with_all_their_letters(name: str) -> None:
    content = pdf("Label", [Text(name, 16), Text("Carrier"), Bars("T-1")])
    assert list(shown(content)) == ["Label", name, "Carrier", "T-1"]
    assert len(content) < SMALL_BYTES
    font, whole = Embedded(embedded(content)), dejavu().glyphs
    assert all(font.outline(whole[one]) for one in name if one != " ")
    assert not font.outline(whole["Ж"]), "what nobody needs is not carried along"


class Embedded(Font):
    """A font with a look at its outlines."""

    def outline(self, glyph: int) -> bytes:
        return bytes(self._tables["glyf"][self._starts[glyph] : self._starts[glyph + 1]]).strip(b"\0")


def test_a_letter_of_parts_has_all_its_parts() -> None:
    glyph = dejavu().glyphs["Ż"]
    parts = list(dejavu()._parts(glyph))
    assert parts, "a letter and its dot"
    font = Embedded(dejavu().only([glyph]))
    assert all(font.outline(part) for part in parts)
    assert dejavu().width == 602


def test_western_names_need_no_font_of_their_own_and_accents_apart_are_put_together() -> None:
    plain = pdf("Label", [Text("Zoë Müller (Åsa) \\ Œuvre €5")])
    assert b"/Courier" in plain
    assert b"FontFile2" not in plain
    assert "(Zoë Müller \\(Åsa\\) \\\\ Œuvre €5)".encode("cp1252") in plain
    assert b"FontFile2" not in pdf("Label", [Text("Zoe\u0308")])
    assert list(shown(pdf("Label", [Text("z\u0307 Z\u0307")]))) == ["Label", "ż Ż"]


def test_a_letter_that_the_font_lacks_is_a_question_mark_also_for_who_copies_it() -> None:
    assert list(shown(pdf("Label", [Text("Ł 日本")]))) == ["Label", "Ł ??"]


def test_every_page_of_a_long_list_names_its_number() -> None:
    told = list(shown(pdf("Ł", [Text(str(number)) for number in range(120)])))
    assert [one for one in told if one.startswith("Ł")] == ["Ł (1/3)", "Ł (2/3)", "Ł (3/3)"]
