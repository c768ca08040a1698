"""A generated population with ground truth: households, moves, marriages, nicknames, typing errors, missing fields."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from functions.customers.domain.identity import Statement
from functions.customers.domain.matching.nicknames import FULL_NAMES
from functions.customers.domain.matching.traits import traits_of
from shared.addresses import Address
from tests.bench.identity.names import (
    AREAS,
    CITIES,
    COMMON_FAMILY,
    FEMALE,
    MALE,
    PROVIDERS,
    RARE_FAMILY,
    STREET_KINDS,
    STREET_SHORT,
    STREETS,
)

AT = datetime(2026, 11, 21, tzinfo=UTC)
SHOP_PHONE = "+441134960000"
NICKNAMES: dict[str, list[str]] = {}
for _short, _full in FULL_NAMES.items():
    for _name in _full:
        NICKNAMES.setdefault(_name, []).append(_short)


@dataclass(frozen=True)
class Home:
    """One address with its landline."""

    line1: str
    city: str
    postal_code: str
    landline: str


@dataclass(frozen=True)
class Person:
    """Who somebody truly is. Pairs are (before, after) a change in life; equal when nothing changed."""

    person_id: str
    given: str
    families: tuple[str, str]
    born: date
    emails: tuple[str, str]
    phones: tuple[str, str]
    homes: tuple[Home, Home]
    card: str
    partner: Person | None = None


@dataclass(frozen=True)
class Sample:
    """A statement and whose it truly is. `namesakes`: the same for everybody of one given name in one home."""

    person_id: str
    statement: Statement
    namesakes: str = ""


@dataclass(frozen=True)
class Channel:
    """How often a channel knows a field."""

    name: str
    share: float
    given: float
    birth: float
    email: float
    phone: float
    address: float
    card: float


CHANNELS = (
    Channel("web", 0.32, 0.99, 0.20, 0.98, 0.55, 0.75, 0.10),
    Channel("guest", 0.24, 0.96, 0.00, 0.95, 0.50, 0.85, 0.00),
    Channel("pos", 0.20, 0.93, 0.45, 0.35, 0.40, 0.35, 0.55),
    Channel("call_centre", 0.14, 0.95, 0.15, 0.35, 0.85, 0.90, 0.10),
    Channel("app", 0.10, 0.99, 0.35, 0.90, 0.70, 0.40, 0.35),
)


@dataclass
class Population:
    """Draws people and what channels hear of them; the same seed, the same people."""

    seed: int
    households: int = 500
    rng: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self._people = 0

    def people(self) -> list[Person]:
        return [person for _ in range(self.households) for person in self.household()]

    def samples(self, people: Sequence[Person]) -> list[Sample]:
        """Everything that channels say of these people, in random order."""
        found = [sample for person in people for sample in self.said_of(person)]
        self.rng.shuffle(found)
        return found

    # ------------------------------------------------------------------ people

    def home(self) -> Home:
        rng = self.rng
        area = rng.randrange(len(AREAS))
        letters = "ABDEFGHJLNPQRSTUWXYZ"
        code = f"{AREAS[area]}{rng.randint(1, 20)} {rng.randint(1, 9)}{rng.choice(letters)}{rng.choice(letters)}"
        line1 = f"{rng.randint(1, 180)} {rng.choice(STREETS).title()} {rng.choice(STREET_KINDS)}"
        return Home(line1, CITIES[area], code, f"+44{rng.randint(1130000000, 1999999999)}")

    def family_name(self) -> str:
        rng = self.rng
        if rng.random() < 0.35:
            return COMMON_FAMILY[int(rng.expovariate(1 / 14)) % len(COMMON_FAMILY)]
        return rng.choice(RARE_FAMILY)

    def given_name(self, *, female: bool) -> str:
        names = FEMALE if female else MALE
        return names[int(self.rng.expovariate(1 / 28)) % len(names)]

    def person(
        self,
        *,
        family: str,
        home: Home,
        born: date,
        female: bool | None = None,
        given: str | None = None,
        unlike: tuple[str, ...] = (),
    ) -> Person:
        rng = self.rng
        female = rng.random() < 0.5 if female is None else female
        while given is None or (given in unlike):  # families do not give one name twice, but to a son or daughter
            given = self.given_name(female=female)
        self._people += 1
        new_family = self.family_name() if female and rng.random() < 0.08 else family
        email, phone = self.email(given, family, born), self.mobile()
        return Person(
            person_id=f"P{self.seed}-{self._people}",
            given=given,
            families=(family, new_family),
            born=born,
            emails=(email, self.email(given, new_family, born) if rng.random() < 0.12 else email),
            phones=(phone, self.mobile() if rng.random() < 0.15 else phone),
            homes=(home, self.home() if rng.random() < 0.15 else home),
            card=f"L{rng.randint(10**8, 10**9 - 1)}" if rng.random() < 0.5 else "",
        )

    def mobile(self) -> str:
        return f"+447{self.rng.randint(100000000, 999999999)}"

    def email(self, given: str, family: str, born: date) -> str:
        rng = self.rng
        local = rng.choice(
            (
                f"{given}.{family}",
                f"{given[0]}{family}",
                f"{given}{family}{born:%y}",
                f"{family}.{given}{rng.randint(1, 99)}",
                f"{rng.choice(STREETS)}{rng.choice(RARE_FAMILY)}{rng.randint(1, 999)}",
            )
        )
        return f"{local}@{rng.choice(PROVIDERS)}"

    def birth_date(self, *, youngest: int = 18, oldest: int = 85) -> date:
        return (AT - timedelta(days=self.rng.randint(youngest * 365, oldest * 365))).date()

    def household(self) -> list[Person]:
        rng = self.rng
        kind = rng.choices(("single", "couple", "family", "flatmates", "twins"), (36, 32, 21, 10, 1))[0]
        home, family, born = self.home(), self.family_name(), self.birth_date()
        first = self.person(family=family, home=home, born=born)
        names: tuple[str, ...] = (first.given,)
        if kind == "single":
            return [first]
        if kind == "flatmates":
            return [
                first,
                self.person(family=self.family_name(), home=home, born=self.birth_date(oldest=35), unlike=names),
            ]
        if kind == "twins":
            return [first, self.person(family=family, home=home, born=born, unlike=names)]
        near = born + timedelta(days=rng.randint(-2000, 2000))
        partner_family = family if rng.random() < 0.75 else self.family_name()
        partner = self.person(family=partner_family, home=first.homes[0], born=near, unlike=names)
        if first.homes[0] != first.homes[1]:
            partner = replace(partner, homes=first.homes)
        couple = [replace(first, partner=partner), replace(partner, partner=first)]
        if kind == "couple":
            return couple
        child_born = min(born + timedelta(days=rng.randint(8000, 11000)), (AT - timedelta(days=16 * 365)).date())
        names = () if rng.random() < 0.06 else (first.given, partner.given)
        same = None if names else first.given
        return [*couple, self.person(family=family, home=home, born=child_born, given=same, unlike=names)]

    # ------------------------------------------------------------------ records

    def said_of(self, person: Person) -> Iterator[Sample]:
        rng = self.rng
        for number in range(min(8, 1 + int(rng.expovariate(1 / 2.2)))):
            yield self.sample(person, number=number, later=rng.random() < 0.5)

    def sample(self, person: Person, *, number: int = 0, later: bool = False, channel: Channel | None = None) -> Sample:
        """One channel's word on a person, `later` than the change in their life or before."""
        rng = self.rng
        channel = channel or rng.choices(CHANNELS, [one.share for one in CHANNELS])[0]
        now = int(later)
        given, family = self.typed_name(person.given, person.families[now])
        home = person.homes[now]
        email, phone = person.emails[now], person.phones[now]
        if person.partner and rng.random() < 0.045:
            email = person.partner.emails[now]
        if rng.random() < 0.13:
            phone = home.landline
        if channel.name == "pos" and rng.random() < 0.01:
            phone = SHOP_PHONE
        statement = Statement(
            channel=channel.name,
            external_id=f"{person.person_id}-{number}-{rng.getrandbits(32):x}",
            at=AT,
            given=given if rng.random() < channel.given else "",
            family=family,
            email=self.typed_email(email) if rng.random() < channel.email else "",
            phone=self.typed_phone(phone) if rng.random() < channel.phone else "",
            birth_date=self.typed_birth(person.born) if rng.random() < channel.birth else "",
            loyalty_number=person.card if person.card and rng.random() < channel.card else "",
            address=self.typed_home(home) if rng.random() < channel.address else None,
        )
        nameless = replace(statement, given="", family="")
        if not traits_of(nameless):  # who gives nothing but a name has no account anywhere
            statement = replace(statement, email=self.typed_email(person.emails[now]))
        return Sample(person.person_id, statement, f"{person.homes[0]}|{person.given}")

    def typed_name(self, given: str, family: str) -> tuple[str, str]:
        rng = self.rng
        if given in NICKNAMES and rng.random() < 0.12:
            given = rng.choice(NICKNAMES[given])
        elif rng.random() < 0.04:
            given = given[0]
        if rng.random() < 0.05:
            given = self.typo(given)
        if rng.random() < 0.06:
            family = self.typo(family)
        if rng.random() < 0.01:
            given, family = family, given
        case = rng.random()
        if case < 0.1:
            return given.upper(), family.upper()
        return given.title(), family.title() if case < 0.9 else family

    def typo(self, word: str) -> str:
        rng = self.rng
        if len(word) < 3:
            return word
        at = rng.randrange(1, len(word))
        letter = rng.choice("abcdefghijklmnopqrstuvwxyz" if not word.isdigit() else "0123456789")
        kind = rng.randrange(4)
        if kind == 0:
            return word[:at] + word[at + 1 :]
        if kind == 1:
            return word[:at] + letter + word[at:]
        if kind == 2:
            return word[:at] + letter + word[at + 1 :]
        return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]

    def typed_email(self, email: str) -> str:
        rng = self.rng
        local, domain = email.split("@")
        if rng.random() < 0.03:
            local = self.typo(local)
        if rng.random() < 0.03:
            local += "+shop"
        return f"{local}@{domain}".upper() if rng.random() < 0.05 else f"{local}@{domain}"

    def typed_phone(self, phone: str) -> str:
        rng = self.rng
        digits = phone[3:]
        if rng.random() < 0.03:
            digits = self.typo(digits)
        kind = rng.random()
        if kind < 0.4:
            return f"+44{digits}"
        return f"0{digits}" if kind < 0.75 else f"0{digits[:4]} {digits[4:]}"

    def typed_birth(self, born: date) -> str:
        rng = self.rng
        kind = rng.random()
        if kind < 0.02:
            return "1900-01-01"
        if kind < 0.04 and born.day <= 12:
            return date(born.year, born.day, born.month).isoformat()
        if kind < 0.05:
            return born.replace(year=born.year + 1, day=min(born.day, 28)).isoformat()
        return born.isoformat()

    def typed_home(self, home: Home) -> Address:
        rng = self.rng
        line1, code = home.line1, home.postal_code
        if rng.random() < 0.3:
            for long, short in STREET_SHORT.items():
                line1 = line1.replace(long, short)
        if rng.random() < 0.04:
            line1 = self.typo(line1)
        if rng.random() < 0.03:
            code = self.typo(code)
        if rng.random() < 0.2:
            code = code.replace(" ", "").lower()
        return Address(line1, home.city, "GB", postal_code="" if rng.random() < 0.03 else code)
