"""The page of error codes is drawn from the error classes and from the places that name a code of their own."""

from __future__ import annotations

import ast
import importlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from shared.errors import DomainError
from shared.problems import status_of
from tests.support.generated import ROOT, must_be_current

INTRODUCTION = """# Errors

Generated from the error classes; a test fails when this page is stale. Every refusal that reaches a function is
RFC 9457 `application/problem+json`: `{type, title, status, detail, code, errors?: [{pointer, detail}], trace_id}`.
`code` is stable: program by it, show `detail`, give `trace_id` to whoever looks into the logs. Some carry more
(`insufficient_stock` its `shortages`). `pointer` is an RFC 6901 pointer into the body, or names a parameter.

- **400, 404, 405, 413, 415, 422**: repeat only after a change.
- **401** (the gateway's own body): get a new token. **403**: another role is needed.
- **409**: read the thing again, then decide; with `Retry-After` the first call still runs: repeat.
- **429, 5xx and no answer**: repeat with the same ids after `Retry-After` or a growing pause; nothing is done twice.
"""
SERVICES = ("shared", "inventory", "orders", "fulfilment", "customers", "platform")
Said = dict[tuple[int, str], dict[str, str]]
"""By status and code: what it means, by the service that says it."""


def test_the_page_of_errors_is_current() -> None:
    said = _said()
    lines = [INTRODUCTION, "| status | code | said by | meaning |", "|---|---|---|---|"]
    for (status, code), meanings in sorted(said.items()):
        by = "all" if "shared" in meanings else ", ".join(name for name in SERVICES if name in meanings)
        lines.append(f"| {status} | `{code}` | {by} | {' / '.join(dict.fromkeys(meanings.values()))} |")
    must_be_current(ROOT / "docs/errors.md", "\n".join(lines) + "\n")


def test_a_code_has_one_status_everywhere() -> None:
    statuses: dict[str, set[int]] = defaultdict(set)
    for status, code in _said():
        statuses[code].add(status)
    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}


def _said() -> Said:
    said: Said = defaultdict(dict)
    for path in _sources():
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    every = sorted(_tree(DomainError), key=lambda kind: (kind.__module__, kind.__name__))  # whatever is imported first
    kinds = {kind.__name__: kind for kind in every}
    for kind in every:
        if "code" in vars(kind) and kind is not DomainError:
            said[status_of(kind), kind.code].setdefault(_service(kind.__module__), _sentence(kind.__doc__ or ""))
    for path in _sources():
        service = path.relative_to(ROOT).parts[0 if path.is_relative_to(ROOT / "shared") else 1]
        for name, code, detail in _raised(ast.parse(path.read_text(encoding="utf-8"))):
            if name in kinds:
                said[status_of(kinds[name]), code].setdefault(service, _sentence(detail))
    return said


def _sources() -> list[Path]:
    """Every module that may raise one, without the entries that only need wiring."""
    found = [*(ROOT / "shared").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    return sorted(path for path in found if path.name != "__init__.py")


def _tree(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    yield kind
    for sub in kind.__subclasses__():
        yield from _tree(sub)


def _service(module: str) -> str:
    parts = module.split(".")
    return parts[1] if parts[0] == "functions" else "shared"


def _raised(tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    """(class, code, detail) of every error that is made with a code of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            codes = [word.value.value for word in node.keywords
                     if word.arg == "code" and isinstance(word.value, ast.Constant)]  # fmt: skip
            texts = [_text(argument) for argument in node.args]
            if codes:
                yield node.func.id, str(codes[0]), texts[-1] if texts else ""


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts)
    return ""


def _sentence(text: str) -> str:
    """The first paragraph on one line, as a sentence."""
    line = " ".join(text.split("\n\n")[0].split()).replace("|", "\\|")
    return line[:1].upper() + line[1:] + ("" if line.endswith(".") or not line else ".")
