"""Bulk import of customers: each row is resolved as if its channel had told it by itself, once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.imports import worker
from tests.support import gateway
from tests.support.bus import Bus
from tests.support.gateway import Gateway
from tests.support.imports import Imports, csv_of

OPS = Gateway(gateway.ops())
HEADER = "source.channel,source.external_id,name.given,name.family,email,phone,birth_date,loyalty_number"


@pytest.fixture
def imports(bus: Bus) -> Imports:
    return Imports(OPS, service="customers", path="/v1/customer-imports")


def of(channel: str, external_id: str) -> dict[str, Any] | None:
    items = OPS.get(f"/v1/customers?channel={channel}&external_id={external_id}").body["items"]
    return dict(items[0]) if items else None


def who(channel: str, external_id: str) -> str:
    found = of(channel, external_id)
    assert found
    return str(found["customer_id"])


ANN = "web,W1,Ann,Lee,ann@example.com,+447700900001,1980-02-03,"
ANN_AT_THE_TILL = "pos,P1,Anne,Lee,ann@example.com,,1980-02-03,L-77"
BOB = "web,W2,Bob,Ray,bob@example.com,,1970-01-01,"


def test_rows_about_one_person_become_one_customer_and_others_do_not(imports: Imports) -> None:
    done = imports.run("C-1", "customers", csv_of(HEADER, [ANN, ANN_AT_THE_TILL, BOB]))
    assert (done["status"], done["rows"]["changed"]) == ("COMPLETED", 3)
    assert who("web", "W1") == who("pos", "P1") != who("web", "W2")


def test_a_row_means_what_the_single_call_means(imports: Imports) -> None:
    body = {
        "source": {"channel": "app", "external_id": "A1"},
        "name": {"given": "Ann", "family": "Lee"},
        "email": "ANN@example.com",
        "birth_date": "1980-02-03",
    }
    assert OPS.post("/v1/customers", body).status == 201
    rows = [body, body | {"source": {"channel": "web", "external_id": "W1"}}]
    done = imports.run("C-1", "customers", "\n".join(map(json.dumps, rows)), format_="jsonl")
    assert {name: done["rows"][name] for name in ("changed", "unchanged")} == {"changed": 1, "unchanged": 1}
    assert who("app", "A1") == who("web", "W1")


def test_the_same_file_again_changes_nothing(imports: Imports, bus: Bus) -> None:
    file = csv_of(HEADER, [ANN, ANN_AT_THE_TILL, BOB])
    imports.run("C-1", "customers", file)
    before = [of("web", "W1"), of("web", "W2")]
    bus.published("customers")
    done = imports.run("C-2", "customers", file)
    assert (done["rows"]["changed"], done["rows"]["unchanged"]) == (0, 3)
    assert [{**one, "as_of": None} for one in before if one] == [
        {**one, "as_of": None} for one in (of("web", "W1"), of("web", "W2")) if one
    ]
    assert bus.published("customers") == []


def test_a_worker_killed_between_two_rows_goes_on_and_makes_nobody_twice(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.customers.service import Customers

    real, calls = Customers.put_customer, iter(range(1, 100))

    class Killed(BaseException):
        pass

    def put_customer(self: Customers, *arguments: Any) -> Any:
        done = real(self, *arguments)
        if next(calls) == 2:
            raise Killed
        return done

    imports.start("C-1", "customers")
    upload = imports.upload("C-1", csv_of(HEADER, [ANN, BOB, ANN_AT_THE_TILL]))
    with monkeypatch.context() as patched:
        patched.setattr(Customers, "put_customer", put_customer)
        with pytest.raises(Killed):
            imports.work(upload)
    imports.work(upload)
    imports.go_on()
    done = imports.look("C-1")
    assert (done["status"], done["rows"]["read"], done["rows"]["rejected"]) == ("COMPLETED", 3, 0)
    assert who("web", "W1") == who("pos", "P1") != who("web", "W2")


def test_a_long_file_goes_on_over_many_invocations(imports: Imports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "SLICE_SECONDS", -1.0)
    monkeypatch.setattr(worker, "STEP_READ_ROWS", 2)
    rows = [f"web,W{n},Name{n},Of{n},n{n}@example.com,,," for n in range(5)]
    done = imports.run("C-1", "customers", csv_of(HEADER, rows))
    assert (done["status"], done["rows"]["changed"]) == ("COMPLETED", 5)


def test_a_bad_row_is_named_by_field_and_never_by_what_it_says(imports: Imports) -> None:
    rows = ["web,W9,Ann,Lee,secret-mailbox,,,", "web,W8,Ann,Lee,,,1980-13-01,", ",W7,Ann,Lee,,,,", BOB]
    done = imports.run("C-1", "customers", csv_of(HEADER, rows))
    assert [(one["line"], one["reason"].partition(":")[0]) for one in done["rejected"]] == [
        (2, "email"),
        (3, "birth_date"),
        (4, "source.channel"),
    ]
    assert "secret" not in str(done)
    assert of("web", "W2")
    assert of("web", "W9") is None


def test_only_ops_may_import_customers(imports: Imports) -> None:
    body = {"import_id": "C-1", "kind": "customers", "format": "csv"}
    assert Gateway(gateway.service_desk()).post("/v1/customer-imports", body).status == 403
    assert Gateway(gateway.channel("web")).get("/v1/customer-imports/C-1").status == 403


def test_a_row_that_nobody_could_be_reached_under_is_rejected_and_the_others_are_not(imports: Imports) -> None:
    rows = [ANN, "web,W3,Cy,Day,cy@localhost,,,", "web,W4,Di,Ely,,0770,,", BOB]
    done = imports.run("C-1", "customers", csv_of(HEADER, rows))
    assert (done["status"], done["rows"]["changed"]) == ("COMPLETED_WITH_REJECTIONS", 2)
    assert [(one["line"], one["reason"]) for one in done["rejected"]] == [
        (3, "email: not an e-mail address"),
        (4, "phone: not a phone number; give + and the country code"),
    ]
    assert of("web", "W3") is None
