"""DynamoDB's condition and update expressions on items in typed JSON, as far as this code base uses them.

Compiled once per text. Rules of DynamoDB's developer guide ("Condition expressions"): a missing attribute fails every
comparison but `<>`; unequal types are unequal; all SET values are taken from the item as it was.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

Wire = Mapping[str, Any]
Item = Mapping[str, Wire]


@dataclass(frozen=True)
class Scope:
    """What an expression is evaluated on."""

    item: Item
    names: Mapping[str, str]
    values: Mapping[str, Wire]


class Invalid(Exception):
    """DynamoDB would answer ValidationException."""


Condition = Callable[[Scope], bool]
Operand = Callable[[Scope], Wire | None]
Path = tuple[str, ...]

_TOKEN = re.compile(r"\s*([A-Za-z_:#][\w#:]*|<>|<=|>=|[=<>(),.+-])")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def plain(wire: Wire) -> tuple[str, Any]:
    """Type and comparable value."""
    ((kind, value),) = wire.items()
    return kind, (float(value) if not value.lstrip("-").isdigit() else int(value)) if kind == "N" else value


def resolved(path: Path, names: Mapping[str, str]) -> list[str]:
    """Attribute names of a path, placeholders replaced."""
    try:
        return [names[part] if part[0] == "#" else part for part in path]
    except KeyError as error:
        raise Invalid(f"undefined name {error}") from error


def found(path: Path, scope: Scope) -> Wire | None:
    """The value at a path, or None."""
    at: Any = {"M": scope.item}
    for name in resolved(path, scope.names):
        at = at.get("M", {}).get(name)
        if at is None:
            return None
    wire: Wire = at
    return wire


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        at = 0
        while at < len(text.rstrip()):
            match = _TOKEN.match(text, at)
            if match is None:
                raise Invalid(f"cannot read {text[at:]!r}")
            self.tokens.append(match.group(1))
            at = match.end()
        self.at = 0

    @property
    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *expected: str) -> str:
        token = self.next
        if not token or (expected and token.upper() not in expected):
            raise Invalid(f"unexpected {token!r}")
        self.at += 1
        return token

    def keyword(self, word: str) -> bool:
        """Take the word when it comes next."""
        hit = self.next.upper() == word
        self.at += hit
        return hit

    def disjunction(self) -> Condition:
        first = self.conjunction()
        while self.keyword("OR"):
            first = _either(first, self.conjunction())
        return first

    def conjunction(self) -> Condition:
        first = self.negation()
        while self.keyword("AND"):
            first = _both(first, self.negation())
        return first

    def negation(self) -> Condition:
        if self.keyword("NOT"):
            inner = self.negation()
            return lambda scope: not inner(scope)
        if self.keyword("("):
            inner = self.disjunction()
            self.take(")")
            return inner
        return self.comparison()

    def comparison(self) -> Condition:
        if self.next in ("attribute_exists", "attribute_not_exists"):
            wanted = self.take() == "attribute_exists"
            self.take("(")
            path = self.path()
            self.take(")")
            return lambda scope: (found(path, scope) is not None) is wanted
        if self.keyword("BEGINS_WITH"):
            self.take("(")
            text = self.operand()
            self.take(",")
            prefix = self.operand()
            self.take(")")
            return lambda scope: _begins(text(scope), prefix(scope))
        left = self.operand()
        if self.keyword("BETWEEN"):
            low = self.operand()
            self.take("AND")
            high = self.operand()
            return lambda scope: _compared(left(scope), low(scope), ">=") and _compared(left(scope), high(scope), "<=")
        sign = self.take("=", "<>", "<", "<=", ">", ">=")
        right = self.operand()
        return lambda scope: _compared(left(scope), right(scope), sign)

    def path(self) -> Path:
        parts = [self.take()]
        while self.keyword("."):
            parts.append(self.take())
        return tuple(parts)

    def operand(self) -> Operand:
        if self.keyword("IF_NOT_EXISTS"):
            self.take("(")
            known = self.path()
            self.take(",")
            default = self.operand()
            self.take(")")
            return lambda scope: found(known, scope) or default(scope)
        if self.next.startswith(":"):
            name = self.take()
            return lambda scope: _value(name, scope)
        path = self.path()
        return lambda scope: found(path, scope)

    def sum(self) -> Operand:
        left = self.operand()
        while self.next in ("+", "-"):
            left = _sum(left, self.operand, self.take())
        return left


def _either(one: Condition, other: Condition) -> Condition:
    return lambda scope: one(scope) or other(scope)


def _both(one: Condition, other: Condition) -> Condition:
    return lambda scope: one(scope) and other(scope)


def _sum(left: Operand, parse: Callable[[], Operand], sign: str) -> Operand:
    right = parse()

    def added(scope: Scope) -> Wire:
        one, other = left(scope), right(scope)
        if one is None or other is None or "N" not in one or "N" not in other:
            raise Invalid("an operand of the arithmetic is no number")
        amount = plain(other)[1]
        return {"N": str(plain(one)[1] + (amount if sign == "+" else -amount))}

    return added


def _raised(path: Path, amount: Operand) -> Operand:
    """What ADD makes of a number: absent, it begins at zero."""

    def start(scope: Scope) -> Wire:
        return found(path, scope) or {"N": "0"}

    return _sum(start, lambda: amount, "+")


def _value(name: str, scope: Scope) -> Wire:
    try:
        return scope.values[name]
    except KeyError as error:
        raise Invalid(f"undefined value {name}") from error


def _compared(left: Wire | None, right: Wire | None, sign: str) -> bool:
    if left is None or right is None:
        return sign == "<>"
    (kind, one), (other_kind, other) = plain(left), plain(right)
    if sign in ("=", "<>"):
        return ((kind, one) == (other_kind, other)) is (sign == "=")
    return kind == other_kind and _COMPARE[sign](one, other)


def _begins(text: Wire | None, prefix: Wire | None) -> bool:
    return text is not None and prefix is not None and "S" in text and bool(text["S"].startswith(prefix["S"]))


@cache
def condition(text: str) -> Condition:
    """A condition, ready to be asked."""
    parser = _Parser(text)
    parsed = parser.disjunction()
    if parser.next:
        raise Invalid(f"unexpected {parser.next!r}")
    return parsed


@dataclass(frozen=True)
class UpdateExpression:
    """Assignments and removals."""

    assignments: tuple[tuple[Path, Operand], ...]
    removals: tuple[Path, ...]

    def applied(self, scope: Scope) -> dict[str, Wire]:
        """The item afterwards; the given one is not touched."""
        after = dict(scope.item)
        for path, value in [(path, value(scope)) for path, value in self.assignments]:
            if value is None:
                raise Invalid("the value refers to an attribute that does not exist")
            _assign(after, resolved(path, scope.names), value)
        for path in self.removals:
            _assign(after, resolved(path, scope.names), None)
        return after


def _assign(into: dict[str, Any], names: list[str], value: Wire | None) -> None:
    *way, last = names
    for name in way:
        inner = into.get(name)
        if inner is None or "M" not in inner:
            raise Invalid("the document path is invalid for this item")
        into[name] = {"M": dict(inner["M"])}
        into = into[name]["M"]
    if value is None:
        into.pop(last, None)
    else:
        into[last] = value


@cache
def update(text: str) -> UpdateExpression:
    """An update, ready to be applied."""
    parser = _Parser(text)
    assignments: list[tuple[Path, Operand]] = []
    removals: list[Path] = []
    while parser.next:
        section = parser.take("SET", "REMOVE", "ADD").upper()
        if section == "ADD":
            while True:
                path = parser.path()
                assignments.append((path, _raised(path, parser.operand())))
                if not parser.keyword(","):
                    break
        elif section == "SET":
            while True:
                path = parser.path()
                parser.take("=")
                assignments.append((path, parser.sum()))
                if not parser.keyword(","):
                    break
        else:
            removals.append(parser.path())
            while parser.keyword(","):
                removals.append(parser.path())
    return UpdateExpression(tuple(assignments), tuple(removals))
