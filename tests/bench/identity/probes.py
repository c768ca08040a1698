"""Household probes: pairs of people (or of one person's lives) whose answer is known, on top of a population."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from functions.customers.domain.identity import Statement
from functions.customers.domain.matching.traits import traits_of
from tests.bench.identity.memory import Memory
from tests.bench.identity.population import SHOP_PHONE, Person, Population

TRIALS = 100


@dataclass(frozen=True)
class Probe:
    """`make` draws what is told, in two parts; `must_join`: they are one person."""

    name: str
    must_join: bool
    make: Callable[[Population], tuple[list[Statement], list[Statement]]]


def full(
    population: Population, person: Person, *, later: bool = False, birth: bool = True, **changes: object
) -> Statement:
    """Everything about a person, without errors."""
    now = int(later)
    home = person.homes[now]
    statement = Statement(
        channel="web",
        external_id=f"{person.person_id}-{population.rng.getrandbits(32):x}",
        at=population.sample(person).statement.at,
        given=person.given.title(),
        family=person.families[now].title(),
        email=person.emails[now],
        phone=person.phones[now],
        birth_date=person.born.isoformat() if birth else "",
        address=population.typed_home(replace(home)),
    )
    return replace(statement, **changes)  # type: ignore[arg-type]  # names of its fields


def pair(population: Population, *, same_given: bool = False, years: int = 0, days: int = 0) -> tuple[Person, Person]:
    """Two people of one name and home."""
    home, family, born = population.home(), population.family_name(), population.birth_date(oldest=60)
    one = population.person(family=family, home=home, born=born)
    other = population.person(
        family=family,
        home=home,
        born=born - timedelta(days=365 * years + days),
        given=one.given if same_given else None,
    )
    while not same_given and other.given == one.given:
        other = replace(other, given=population.given_name(female=True))
    settled = [replace(p, families=(family, family), homes=(home, home)) for p in (one, other)]
    return settled[0], settled[1]


def _spouses(*, birth: bool, **shared: str) -> Callable[[Population], tuple[list[Statement], list[Statement]]]:
    def make(population: Population) -> tuple[list[Statement], list[Statement]]:
        one, other = pair(population, years=population.rng.randint(0, 6), days=population.rng.randint(1, 300))
        same = {field: getattr(one, source)[0] for field, source in shared.items()}
        return (
            [full(population, one, birth=birth) for _ in range(2)],
            [full(population, other, birth=birth, **same) for _ in range(2)],
        )

    return make


def _father_and_son(*, birth: bool) -> Callable[[Population], tuple[list[Statement], list[Statement]]]:
    def make(population: Population) -> tuple[list[Statement], list[Statement]]:
        one, other = pair(population, same_given=True, years=population.rng.randint(20, 35), days=99)
        return (
            [full(population, one, birth=birth) for _ in range(2)],
            [full(population, other, birth=birth, phone="") for _ in range(2)],
        )

    return make


def _twins(population: Population) -> tuple[list[Statement], list[Statement]]:
    one, other = pair(population)
    return [full(population, one)], [full(population, other, email="")]


def _recycled(field: str) -> Callable[[Population], tuple[list[Statement], list[Statement]]]:
    def make(population: Population) -> tuple[list[Statement], list[Statement]]:
        one, other = (
            population.person(family=population.family_name(), home=population.home(), born=population.birth_date())
            for _ in range(2)
        )
        same = {field: getattr(one, f"{field}s")[0]}
        birth = population.rng.random() < 0.5
        return (
            [full(population, one, birth=birth) for _ in range(2)],
            [full(population, other, birth=birth, **same)],
        )

    return make


def _shop_number(population: Population) -> tuple[list[Statement], list[Statement]]:
    def somebody() -> Statement:
        person = population.person(
            family=population.family_name(), home=population.home(), born=population.birth_date()
        )
        return full(population, person, birth=False, phone=SHOP_PHONE, email="")

    return [somebody()], [somebody()]


def _moved(population: Population) -> tuple[list[Statement], list[Statement]]:
    person = population.person(family=population.family_name(), home=population.home(), born=population.birth_date())
    person = replace(person, homes=(person.homes[0], population.home()), emails=(person.emails[0],) * 2)
    return [full(population, person)], [
        full(population, replace(person, families=(person.families[0],) * 2), later=True)
    ]


def _new_surname(population: Population) -> tuple[list[Statement], list[Statement]]:
    person = population.person(family=population.family_name(), home=population.home(), born=population.birth_date())
    person = replace(
        person,
        families=(person.families[0], population.family_name()),
        homes=(person.homes[0],) * 2,
        phones=(person.phones[0],) * 2,
    )
    return [full(population, person)], [full(population, person, later=True, email="")]


PROBES = (
    Probe("spouses, birth dates known", False, _spouses(birth=True)),
    Probe("spouses, no birth dates", False, _spouses(birth=False)),
    Probe("spouses, one phone", False, _spouses(birth=False, phone="phones")),
    Probe("spouses, one mailbox", False, _spouses(birth=False, email="emails")),
    Probe("spouses, one phone and mailbox", False, _spouses(birth=True, phone="phones", email="emails")),
    Probe("father and son, birth dates known", False, _father_and_son(birth=True)),
    Probe("father and son, undated (apart)", False, _father_and_son(birth=False)),
    Probe("twins (apart)", False, _twins),
    Probe("recycled e-mail", False, _recycled("email")),
    Probe("recycled phone", False, _recycled("phone")),
    Probe("the shop's number for everyone", False, _shop_number),
    Probe("control: moved", True, _moved),
    Probe("control: new surname", True, _new_surname),
)


def measure(memory: Memory, population: Population, *, trials: int = TRIALS) -> Iterator[tuple[Probe, float]]:
    """(probe, share of trials in which the two parts ended in one cluster)."""
    for probe in PROBES:
        together = 0
        for trial in range(trials):
            first, second = probe.make(population)
            sides = [
                {memory.take(f"{probe.name}-{trial}-{side}-{n}", traits_of(said)) for n, said in enumerate(part)}
                for side, part in enumerate((first, second))
            ]
            roots = [{memory.root(name) for name in side} for side in sides]
            together += not roots[0].isdisjoint(roots[1])
        yield probe, together / trials
