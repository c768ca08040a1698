"""Sheets print every European name right, and stay small."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.fulfilment.domain.parcels import Label, Parcel
from functions.fulfilment.domain.work import FulfilmentOrder
from functions.fulfilment.paper.font import Font, dejavu
from functions.fulfilment.paper.labels import LettersMissing, label_pdf, label_zpl
from functions.fulfilment.paper.pdf import Bars, Text, pdf
from functions.fulfilment.paper.wrapping import wrapped
from shared.addresses import Address

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


def test_a_sign_that_the_font_lacks_is_a_question_mark_also_for_who_copies_it() -> None:
    assert list(shown(pdf("Label", [Text("Ł 🎈")]))) == ["Label", "Ł ?"]


ASIAN = {
    "Japan1": ("東京都千代田区 1-1 ドコモ", b"UniJIS-UTF16-H"),
    "Korea1": ("서울특별시 종로구 12", b"UniKS-UTF16-H"),
    "GB1": ("北京市朝阳区 𠮷 8号", b"UniGB-UTF16-H"),
}


@pytest.mark.parametrize(("ordering", "name", "encoding"), [(one, *ASIAN[one]) for one in ASIAN])
def test_asian_names_keep_every_letter_in_a_font_that_the_reader_has(ordering: str, name: str, encoding: bytes) -> None:
    content = pdf("Label", [Text(name, 16)])
    (text,) = re.findall(rb"16 Tf\n(.*?)ET", content, re.DOTALL)
    runs = re.findall(rb"\[(<[0-9a-f]*>|\(.*?\))\] TJ", b"16 Tf\n" + text)
    written = (one[1:-1] for one in runs)
    found = "".join(
        bytes.fromhex(one.decode()).decode("utf-16-be") if runs[number].startswith(b"<") else one.decode()
        for number, one in enumerate(written)
    )
    assert found == name
    assert encoding in content
    assert ordering.encode() in content
    assert len(content) < 5_000, "no font is carried along"


def address_of(name: str) -> Address:
    return Address(name=name, line1="1 High St", city="Leeds", postal_code="LS1 1AA", country="GB")


LABELLED = FulfilmentOrder(
    "O-1.1",
    "O-1",
    "S1",
    "ship",
    1,
    datetime(2026, 11, 21, tzinfo=UTC),
    (),
    parcels=(Parcel("P1", (), 500, "sandbox", "T-1", Label("T-1", "standard", 399)),),
)


@pytest.mark.parametrize(
    ("name", "turned"),
    [("דנה לוי", True), ("محمد علي", True), ("สมชาย", False)],
    ids=["Hebrew", "Arabic", "Thai"],
)
def test_what_a_pdf_label_cannot_write_is_refused_by_its_letters_and_zpl_carries_it(name: str, turned: bool) -> None:
    with pytest.raises(LettersMissing) as refused:
        label_pdf(LABELLED, address_of(name))
    assert set(refused.value.extra["letters"]) == set(name) - {" "}
    zpl = label_zpl(LABELLED, address_of(name)).decode()
    assert f"^FD{name}^FS" in zpl
    assert ("^PA1,1,1,1" in zpl) is turned


def test_asian_names_are_on_a_pdf_label_only_where_the_computer_that_prints_has_their_fonts() -> None:
    """One without them prints blanks, and nobody sees that before the parcel has gone."""
    with pytest.raises(LettersMissing, match="reader_fonts"):
        label_pdf(LABELLED, address_of("山田"))
    assert b"<5c717530>" in label_pdf(LABELLED, address_of("山田"), reader_fonts=True)
    with pytest.raises(LettersMissing) as refused:
        label_pdf(LABELLED, address_of("山田 לוי"), reader_fonts=True)
    assert refused.value.extra == {"letters": "".join(sorted("לוי"))}
    assert "^FD山田^FS" in label_zpl(LABELLED, address_of("山田")).decode()


def test_a_sign_in_a_name_does_not_stop_a_label() -> None:
    assert label_pdf(LABELLED, address_of("Ann 🎈 Łee"))
    assert "^PA" not in label_zpl(LABELLED, address_of("Ann 🎈 Łee")).decode()


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("", 5, [""]),
        ("one two", 7, ["one two"]),
        ("one two three", 7, ["one two", "three"]),
        ("one  two", 4, ["one", "two"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("東京都千代", 4, ["東京", "都千", "代"]),
        ("a東京", 4, ["a東", "京"]),
    ],
)
def test_long_lines_go_on_below(text: str, columns: int, lines: list[str]) -> None:
    assert list(wrapped(text, columns)) == lines


@given(text=st.text(st.sampled_from("ab 東Ł"), max_size=40), columns=st.integers(2, 12))
def test_no_letter_is_lost_by_wrapping_and_no_line_is_too_long(text: str, columns: int) -> None:
    lines = list(wrapped(text, columns))
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(len(line) + line.count("東") <= columns for line in lines)


def test_the_longest_address_stays_on_the_label() -> None:
    street = " ".join(["Llanfairpwllgwyngyll"] * 9)
    to = replace(address_of("Ann Lee"), line1=street, line2="X" * 200)
    content = label_pdf(LABELLED, to)
    rows = [one.decode() for one in re.findall(rb"16 Tf\n\[\((.*?)\)\] TJ", content)]
    assert "".join(rows).replace(" ", "") == f"AnnLee{street}{'X' * 200}LeedsLS11AAGB".replace(" ", "")
    assert max(map(len, rows)) * 16 * 0.602 <= 595 - 50 - 20
    fields = re.findall(r"\^FD(.*?)\^FS", label_zpl(LABELLED, to).decode())
    assert max(map(len, fields)) <= 48


def test_every_page_of_a_long_list_names_its_number() -> None:
    told = list(shown(pdf("Ł", [Text(str(number)) for number in range(120)])))
    assert [one for one in told if one.startswith("Ł")] == ["Ł (1/3)", "Ł (2/3)", "Ł (3/3)"]
