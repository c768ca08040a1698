"""DynamoDB's condition and update expressions, as far as this product uses them, on plain values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),+\-]|[#:]?[A-Za-z_][A-Za-z0-9_]*(?:\.[#]?[A-Za-z0-9_]+)*)")
MISSING = object()


@lru_cache(maxsize=4096)
def _tokens(text: str) -> tuple[str, ...]:
    found, position = [], 0
    text = text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        assert match, f"cannot read {text[position:]!r}"
        found.append(match[1])
        position = match.end()
    return tuple(found)


class _Reader:
    """Walks over one expression; `item` may be changed by an update."""

    def __init__(
        self, text: str, item: dict[str, Any] | None, names: Mapping[str, str], values: Mapping[str, Any]
    ) -> None:
        self.tokens, self.at = _tokens(text), 0
        self.item, self.names, self.values = item or {}, names, values

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str | None = None) -> str:
        token = self.peek()
        assert expected is None or token == expected, f"{expected} expected, not {token}"
        self.at += 1
        return token

    # ------------------------------------------------------------------ values

    def path(self, token: str) -> list[str]:
        return [self.names[part] if part.startswith("#") else part for part in token.split(".")]

    def look(self, token: str) -> Any:
        if token.startswith(":"):
            return self.values[token]
        found: Any = self.item
        for part in self.path(token):
            if not isinstance(found, dict) or part not in found:
                return MISSING
            found = found[part]
        return found

    def operand(self) -> Any:
        token = self.take()
        if token == "if_not_exists":
            self.take("(")
            there = self.look(self.take())
            self.take(",")
            other = self.operand()
            self.take(")")
            return other if there is MISSING else there
        return self.look(token)

    def total(self) -> Any:
        value = self.operand()
        while self.peek() in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            value = value + sign * self.operand()
        return value

    # -------------------------------------------------------------- conditions

    def either(self) -> bool:
        holds = self.both()
        while self.peek() == "OR":
            self.take()
            holds = self.both() or holds
        return holds

    def both(self) -> bool:
        holds = self.single()
        while self.peek() == "AND":
            self.take()
            holds = self.single() and holds
        return holds

    def single(self) -> bool:
        if self.peek() == "NOT":
            self.take()
            return not self.single()
        if self.peek() == "(":
            self.take()
            holds = self.either()
            self.take(")")
            return holds
        if self.peek() in ("attribute_exists", "attribute_not_exists", "begins_with"):
            return self.function()
        left = self.operand()
        if self.peek() == "BETWEEN":
            self.take()
            low = self.operand()
            self.take("AND")
            high = self.operand()
            return left is not MISSING and bool(low <= left <= high)
        return self.compared(left)

    def function(self) -> bool:
        name = self.take()
        self.take("(")
        value = self.look(self.take())
        if name == "begins_with":
            self.take(",")
            prefix = self.operand()
            self.take(")")
            return isinstance(value, str) and value.startswith(prefix)
        self.take(")")
        return (value is not MISSING) is (name == "attribute_exists")

    def compared(self, left: Any) -> bool:
        sign, right = self.take(), self.operand()
        if sign == "<>":
            return left is MISSING or left != right
        if left is MISSING or _kind(left) != _kind(right):
            return False
        match sign:
            case "=":
                return bool(left == right)
            case "<":
                return bool(left < right)
            case "<=":
                return bool(left <= right)
            case ">":
                return bool(left > right)
        assert sign == ">=", sign
        return bool(left >= right)

    # ----------------------------------------------------------------- updates

    def update(self) -> list[tuple[str, list[str], Any]]:
        """(verb, path, value): values are all read before anything is written."""
        steps: list[tuple[str, list[str], Any]] = []
        verb = ""
        while self.peek():
            if self.peek() in ("SET", "REMOVE", "ADD"):
                verb = self.take()
            path = self.path(self.take())
            if verb == "SET":
                self.take("=")
                steps.append((verb, path, self.total()))
            elif verb == "ADD":
                steps.append((verb, path, self.operand()))
            else:
                steps.append((verb, path, None))
            if self.peek() == ",":
                self.take()
        return steps


def holds(text: str, item: dict[str, Any] | None, names: Mapping[str, str], values: Mapping[str, Any]) -> bool:
    """Whether the condition is true of the item (None: there is none)."""
    reader = _Reader(text, item, names, values)
    result = reader.either()
    assert not reader.peek(), f"cannot read on from {reader.peek()} in {text}"
    return result


def updated(text: str, item: dict[str, Any], names: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """The item after the update expression. Raises KeyError for a path whose parent is missing, as DynamoDB refuses."""
    steps = _Reader(text, item, names, values).update()
    result: dict[str, Any] = _copied(item)
    for verb, path, value in steps:
        parent = result
        for part in path[:-1]:
            parent = parent[part]
        if verb == "REMOVE":
            parent.pop(path[-1], None)
        elif verb == "ADD":
            parent[path[-1]] = parent.get(path[-1], 0) + value
        else:
            assert value is not MISSING, f"{text}: an operand does not exist"
            parent[path[-1]] = value
    return result


def _kind(value: Any) -> str:
    """DynamoDB orders values of one type only."""
    return "N" if type(value) in (int, float) else type(value).__name__


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value
