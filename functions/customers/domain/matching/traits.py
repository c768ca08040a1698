"""Traits: what is comparable about a person, in normal form. One record and a whole cluster have the same shape."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields
from datetime import date, datetime

from functions.customers.domain.contact import normalised_email
from functions.customers.domain.identity import Statement, normalised_loyalty_number, phone_of
from shared.addresses import Address

MAX_VALUES = 12
"""Per trait, the newest: a person has moved house often enough by then."""
MAX_AGE_YEARS = 115
MIN_NATIONAL_DIGITS, NATIONAL_DIGITS = 7, 9


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TITLES = _set("mr mrs ms miss mx dr prof sir dame lord lady rev herr frau mme m jr sr phd esq")
_FOLDED = str.maketrans({"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
_NOT_LETTERS = re.compile(r"[^a-z]+")
_NOT_DIGITS = re.compile(r"[^0-9]")
_NOT_ALNUM = re.compile(r"[^a-z0-9]+")
_WITHOUT_DOTS = frozenset({"gmail.com", "googlemail.com"})
_STANDING_IN = frozenset({"1900-01-01", "1901-01-01", "1970-01-01", "1980-01-01", "2000-01-01", "1999-12-31"})
"""Birth dates that systems fill in when nobody was asked."""
_UK_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})")
_US_ZIP = re.compile(r"([0-9]{5})(?:-?[0-9]{4})?")
_STREET_WORDS = _set(
    "street st road rd avenue ave av lane ln drive dr close cl court ct place pl way the flat apt unit"
)


@dataclass(frozen=True)
class Traits:
    """Normal forms, the newest first. `places`: postcode, house number and street name joined by `|`."""

    given: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    births: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))


def joined(newer: Traits, older: Traits) -> Traits:
    """What both say, the newer first; the older itself where there is nothing new."""
    return Traits(**{each.name: _with(getattr(newer, each.name), getattr(older, each.name)) for each in fields(Traits)})


def _with(newer: tuple[str, ...], older: tuple[str, ...]) -> tuple[str, ...]:
    unseen = tuple(dict.fromkeys(value for value in newer if value not in older))
    return (*unseen, *older)[:MAX_VALUES]


def traits_of(statement: Statement) -> Traits:
    """What a statement says that can be compared."""
    given, family = words_of_name(statement)
    email, address = comparable_email(statement.email), _own_address(statement, family)
    return Traits(
        given=_some(given),
        family=_some(family),
        births=_some(comparable_birth_date(statement.birth_date, at=statement.at)),
        emails=_some(email),
        phones=_some(comparable_phone(phone_of(statement) or statement.phone)),
        places=_some(place(address) if address else ""),
        cards=_some(normalised_loyalty_number(statement.loyalty_number) or ""),
    )


def _own_address(statement: Statement, family: str) -> Address | None:
    """The address, unless an order goes to somebody of another name: a present is no place to live."""
    address = statement.address
    if address and statement.order_id and address.name and family not in "".join(_words(address.name)):
        return None
    return address


def words_of_name(statement: Statement) -> tuple[str, str]:
    """First given name and family name: letters only, without accents and titles; hyphens join."""
    if statement.given or statement.family:
        given, family = _words(statement.given), _words(statement.family)
    elif "," in statement.full_name:
        family, given = (_words(part) for part in statement.full_name.split(",", 1))
    else:
        words = _words(statement.full_name)
        given, family = (words[:-1], words[-1:]) if len(words) > 1 else ([], words)
    return (given[0] if given else "", "".join(family))


def comparable_email(text: str) -> str:
    """The mailbox: without `+tag`, and without the dots that one large provider ignores."""
    address = normalised_email(text)
    if address is None:
        return ""
    local, domain = address.rsplit("@", 1)
    local = local.split("+", 1)[0] or local
    return f"{local.replace('.', '') if domain in _WITHOUT_DOTS else local}@{domain}"


def comparable_phone(text: str) -> str:
    """The last nine digits, which do not depend on how the country was written; empty for a made-up number."""
    digits = _NOT_DIGITS.sub("", text)[-NATIONAL_DIGITS:]
    return digits if len(digits) >= MIN_NATIONAL_DIGITS and len(set(digits)) > 2 else ""


def comparable_birth_date(text: str, *, at: datetime) -> str:
    """The date; empty when it is impossible or one that systems fill in."""
    try:
        born = date.fromisoformat(text)
    except ValueError:
        return ""
    age = at.year - born.year
    return "" if text in _STANDING_IN or not 0 < age <= MAX_AGE_YEARS else text


def place(address: Address) -> str:
    """`LS11AA|12|high`: postcode, house number, first telling word of the street."""
    line = folded(address.line1)
    words = [word for word in _NOT_ALNUM.split(line) if word]
    house = next((word for word in words if word[0].isdigit()), "")
    street = next((word for word in words if not word[0].isdigit() and word not in _STREET_WORDS), "")
    postcode = re.sub(r"[^A-Z0-9-]", "", address.postal_code.upper())
    if zip_code := _US_ZIP.fullmatch(postcode):
        postcode = zip_code[1]
    return f"{postcode}|{house}|{street}"


def district(postcode: str) -> str:
    """The outward part of a UK postcode, the first three digits of another."""
    parts = _UK_POSTCODE.fullmatch(postcode)
    return parts[1] if parts else postcode[:3]


def sector(postcode: str) -> str:
    """A few thousand people: a UK sector (`LS1 1`), a whole code elsewhere."""
    parts = _UK_POSTCODE.fullmatch(postcode)
    return f"{parts[1]} {parts[2][0]}" if parts else postcode


def folded(text: str) -> str:
    """Lower case without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_FOLDED))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _words(text: str) -> list[str]:
    words = [_NOT_LETTERS.sub("", word) for word in folded(text).replace("'", "").split()]
    return [word for word in words if word and word not in _TITLES]


def _some(value: str) -> tuple[str, ...]:
    return (value,) if value.strip("|") else ()
