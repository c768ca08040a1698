"""Somebody is forgotten: nothing of them is left anywhere, and nothing that comes late brings anything back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.customers.erasure_rows import ErasureRows
from functions.fulfilment.repository.addresses import AddressRepository
from functions.fulfilment.repository.work import WorkRepository
from functions.fulfilment.service import erasures as fulfilment_erasures
from functions.orders.domain import erasing
from shared.aws import client
from shared.dynamo.documents import UnknownDictionary
from shared.dynamo.idempotency import Markers
from tests.support import gateway, traces
from tests.support.flow import Chaos, Flow
from tests.support.gateway import Answer, Gateway
from tests.support.imports import Imports, csv_of
from tests.support.local_aws import OBSERVED
from tests.support.shop import line, order
from tests.support.shopper_edges import Edges
from tests.support.shopper_life import Life

TOKENS = {"ops": gateway.ops(), "desk": gateway.service_desk()}


def call(who: str, method: str, path: str, body: Any = None, key: str | None = None) -> Answer:
    headers = {"Idempotency-Key": key} if key else {}
    return Gateway(TOKENS.get(who) or gateway.channel(who)).send(method, path, body, headers=headers)


def left(words: set[str]) -> set[tuple[str, str, str]]:
    """Everything found of these words in any table, file and queue (but the test's own, which hears all events)."""
    tables = client("dynamodb").list_tables()["TableNames"]
    queues = [url for url in client("sqs").list_queues().get("QueueUrls", []) if not url.endswith(OBSERVED)]
    found = traces.in_tables(client("dynamodb"), tables, words) | traces.in_queues(client("sqs"), queues, words)
    return found | in_buckets(words)


def in_buckets(words: set[str]) -> set[tuple[str, str, str]]:
    """What uploaded files hold."""
    buckets = [one["Name"] for one in client("s3").list_buckets()["Buckets"]]
    return traces.in_buckets(client("s3"), buckets, words)


def erase(customer_id: str, request_id: str = "E-1") -> Answer:
    path = f"/v1/customers/{customer_id}/erase"
    return call("desk", "POST", path, {"request_id": request_id}, "erase-key")


def erasure(customer_id: str, request_id: str = "E-1") -> Any:
    return call("desk", "GET", f"/v1/customers/{customer_id}/erasures/{request_id}").body


NOT_KIND = Chaos(seed=3, duplicate=0.5, reorder=True, split_batches=True)
UNKIND = pytest.mark.parametrize("flow", [NOT_KIND], indirect=True, ids=["not"])


@pytest.fixture
def life(flow: Flow) -> Life:
    return Life(call, flow.settle)


@pytest.mark.parametrize("flow", [Chaos(on_moto=True), NOT_KIND], indirect=True, ids=["kind", "not"])
def test_a_shopper_is_forgotten_by_every_service(life: Life, flow: Flow, capsys: pytest.CaptureFixture[str]) -> None:
    life.live()
    places = left(life.words)
    assert {word for _, _, word in places} == life.words, (
        "each word was written somewhere, so its absence says something"
    )
    asked = erase(life.customer_id)
    assert (asked.status, asked.body["status"]) == (202, "PENDING")
    flow.settle()
    told = erasure(life.customer_id)
    assert told["status"] == "COMPLETED", told
    assert [one["service"] for one in told["receipts"]] == [
        "customers",
        "fulfilment",
        "inventory",
        "orders",
        "platform",
    ]
    assert all(one["records"] for one in told["receipts"] if one["service"] != "platform")
    assert left(life.words) == set()
    assert traces.found_in(capsys.readouterr().out, life.words) == set()


@UNKIND
def test_the_forgotten_are_nowhere_and_the_books_stay(life: Life, flow: Flow) -> None:
    life.live()
    before = call("ops", "GET", f"/v1/orders/{life.orders['ship']}").body
    assert erase(life.customer_id).status == 202
    assert call("desk", "GET", f"/v1/customers/{life.customer_id}").status == 404, "at once"
    flow.settle()
    for path in ("", "/timeline", "/consents", "/accesses"):
        assert call("desk", "GET", f"/v1/customers/{life.customer_id}{path}").status == 404
    assert call("ops", "GET", f"/v1/orders?customer_id={life.customer_id}").body["items"] == []
    found = call("web", "GET", f"/v1/customers?email={life.mail()}").body["items"]
    assert found == []
    after = call("ops", "GET", f"/v1/orders/{life.orders['ship']}").body
    assert (after["totals"], after["lines"], after["status"]) == (before["totals"], before["lines"], before["status"])
    assert after["customer_id"] not in (None, life.customer_id)
    assert call("ops", "GET", "/v1/inventory/audit").body["ok"]


@UNKIND
def test_an_erasure_asked_again_answers_the_same_and_its_id_is_used_up(life: Life, flow: Flow) -> None:
    life.live()
    erase(life.customer_id)
    flow.settle()
    assert erase(life.customer_id).status == 202, "the kept answer"
    again = call("desk", "POST", f"/v1/customers/{life.customer_id}/erase", {"request_id": "E-1"})
    assert (again.status, again.body["status"]) == (202, "COMPLETED")
    other = call("desk", "POST", f"/v1/customers/{life.customer_id}/erase", {"request_id": "E-2"})
    assert other.status == 404
    said = {"source": {"channel": "web", "external_id": "someone"}, "name": {"given": "Bo", "family": "Ek"}}
    somebody = call("web", "POST", "/v1/customers", said).body["customer_id"]
    reused = call("desk", "POST", f"/v1/customers/{somebody}/erase", {"request_id": "E-1"})
    assert (reused.status, reused.body["code"]) == (409, "erasure_id_reused")
    assert call("desk", "GET", f"/v1/customers/{somebody}/erasures/E-1").status == 404


@UNKIND
def test_a_repeated_call_under_its_key_neither_tells_nor_makes_the_forgotten_anew(life: Life, flow: Flow) -> None:
    life.live()
    name = {"given": life.word("Given"), "family": life.word("Family")}
    said = {"source": {"channel": "web", "external_id": life.word("Kept")}, "name": name, "email": life.mail()}
    first = call("web", "POST", "/v1/customers", said, "kept")
    assert first.body["customer_id"] == life.customer_id
    erase(life.customer_id)
    flow.settle()
    again = call("web", "POST", "/v1/customers", said, "kept")
    assert (again.status, again.body["code"]) == (404, "erased")
    assert left(life.words) == set()


@UNKIND
def test_late_and_repeated_events_bring_nothing_back(life: Life, flow: Flow) -> None:
    life.live()
    erase(life.customer_id)
    flow.settle()
    replayed = heard_so_far()
    assert any(entry["detail-type"] == "OrderContactGiven.v1" for entry in replayed)
    unheard = json.loads(json.dumps(next(e for e in replayed if e["detail-type"] == "OrderContactGiven.v1")))
    unheard["detail"]["data"]["order_id"] = "O-NEVERHEARDOF"
    for entry in [*replayed, unheard]:
        put_again(entry)
    flow.settle()
    assert left(life.words) == set()
    assert call("web", "GET", f"/v1/customers?email={life.mail()}").body["items"] == []


def heard_so_far() -> list[dict[str, Any]]:
    """Every event that was ever on the bus."""
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=OBSERVED)["QueueUrl"]
    heard = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            heard.append(json.loads(message["Body"]))
    return heard


def put_again(entry: dict[str, Any]) -> None:
    detail = {"DetailType": entry["detail-type"], "Detail": json.dumps(entry["detail"])}
    client("events").put_events(Entries=[{"EventBusName": "throughline", "Source": entry["source"], **detail}])


@UNKIND
def test_who_comes_back_is_somebody_new(life: Life, flow: Flow) -> None:
    life.live()
    erase(life.customer_id)
    flow.settle()
    back = order("NEW-1", [line("1", life.sku)], customer={"email": life.mail(), "customer_id": life.customer_id})
    placed = call("web", "POST", "/v1/orders", back).body["order_id"]
    flow.settle()
    owner = call("ops", "GET", f"/v1/orders/{placed}").body["customer_id"]
    assert owner != life.customer_id
    assert len(call("ops", "GET", f"/v1/customers/{owner}/timeline").body["items"]) == 2


@UNKIND
def test_an_open_order_knows_its_shopper_until_its_last_unit_has_left(flow: Flow) -> None:
    life = Life(call, flow.settle)
    life.order()
    assert erase(life.customer_id).status == 202
    flow.settle()
    told = erasure(life.customer_id)
    assert (told["status"], set(told["waiting_orders"])) == ("RUNNING", {life.orders["ship"], life.orders["pickup"]})
    open_still = call("ops", "GET", f"/v1/orders/{life.orders['ship']}").body
    assert open_still["status"] == "CONFIRMED"
    kept = {key.partition(" ")[0] for _, key, _ in left(life.words)}
    needed = {f"ORDER#{life.orders[name]}" for name in ("ship", "pickup")} | {f"ADDRESS#{life.orders['ship']}"}
    assert {key for key in kept if not key.startswith("IDEM#")} == needed
    life.collect()
    told = erasure(life.customer_id)
    assert (told["status"], told["waiting_orders"]) == ("COMPLETED", [])
    assert left(life.words) == set()


@pytest.mark.parametrize("flow", [Chaos(), NOT_KIND], indirect=True, ids=["kind", "not"])
def test_what_few_ever_tell_is_forgotten_and_every_field_was_told(life: Life, flow: Flow) -> None:
    life.live()
    few = Edges(life)
    _told_in_a_file(life)
    few.live()
    assert sorted(few.untold()) == [], "a field that a caller may fill is seeded, or says nothing of a shopper"

    erase(life.customer_id)
    flow.settle()
    told = erasure(life.customer_id)
    assert told["status"] == "COMPLETED", told
    assert left(life.words) == set()
    (parcel,) = life.do("ops", "GET", f"/v1/manifests/TRUCK-{life.suffix}")["parcels"]
    assert parcel["tracking_number"] is None, "that a parcel went along is kept"


def _told_in_a_file(life: Life) -> None:
    imports = Imports(Gateway(TOKENS["ops"]), service="customers", path="/v1/customer-imports")
    rows = [
        f"legacy,{life.word('Filed')},{life.word('Given')},{life.word('Family')},{life.mail()}",
        f"legacy,{life.word('Rejected')},{life.word('Given')},{life.word('Family')},{life.word('Unreadable')}@localhost",
    ]
    file = csv_of("source.channel,source.external_id,name.given,name.family,email", rows)
    started = imports.start("C-1", "customers")
    uploaded = imports.upload("C-1", file)
    assert started.status == 201
    assert in_buckets(life.words), "it lies there until it is worked off"
    imports.work(uploaded)
    imports.go_on()
    done = imports.look("C-1")
    assert [one["line"] for one in done["rejected"]] == [3]
    assert in_buckets(life.words) == set()
    kept = {word for _, _, word in left(life.words)}
    assert life.word("Filed") in kept
    assert not {life.word("Rejected"), life.word("Unreadable")} & kept, "a rejected row is not kept, only its number"


LEAKS = {
    "the order book forgets to forget": (erasing, "settled", lambda order: order),
    "kept answers stay": (Markers, "forget", lambda _self, _digests: 0),
    "interactions stay": (ErasureRows, "forget_interactions", lambda _self, _name: 0),
    "profiles stay": (ErasureRows, "forget_profile", lambda _self, _name, _erasure: 0),
    "orders' contacts stay": (ErasureRows, "forget_orders", lambda _self, _name, _cause: 0),
    "addresses stay": (AddressRepository, "forget", lambda _self, _order_id, *, cause: None),
    "carts stay": (ErasureRows, "forget_carts", lambda _self, _name: 0),
    "parcels are found by their number": (WorkRepository, "forget_tracking", lambda _self, _work: None),
}
LEAKS_OF_FEW = {
    "who waited at the kerb stays": (fulfilment_erasures, "without_shopper", lambda work: work, Edges.wait_at_the_kerb),
    "what a person decided stays": (erasing, "settled", lambda order: order, Edges.buy_what_is_not_there),
}


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.parametrize("flow", [Chaos()], indirect=True)
def test_the_search_finds_planted_leaks(leak: str, life: Life, flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    life.live()
    where, name, instead = LEAKS[leak]
    monkeypatch.setattr(where, name, instead)
    if leak == "orders' contacts stay":
        monkeypatch.setattr(ErasureRows, "forget_order", lambda *_: None)
    erase(life.customer_id)
    flow.settle()
    assert left(life.words) != set()


@pytest.mark.parametrize("leak", LEAKS_OF_FEW)
@pytest.mark.parametrize("flow", [Chaos()], indirect=True)
def test_the_search_finds_leaks_of_what_few_tell(
    leak: str, life: Life, flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    life.order()
    where, name, instead, scene = LEAKS_OF_FEW[leak]
    monkeypatch.setattr(where, name, instead)
    before = set(life.words)
    scene(Edges(life))
    erase(life.customer_id)
    flow.settle()
    assert {word for _, _, word in left(life.words - before)} != set()


@pytest.mark.parametrize("word", ["Zquniquely", "söme wörds & more"])
def test_the_search_knows_every_spelling(word: str) -> None:
    import base64
    import zlib
    from urllib.parse import quote

    raw = f'{{"a":"xx{word}yy"}}'
    hidden = [raw, raw.lower(), quote(raw), zlib.compress(raw.encode()), json.dumps(raw)]
    hidden += [base64.b64encode((" " * n + raw).encode()).decode() for n in range(3)]
    hidden += [base64.b64encode(zlib.compress(raw.encode())).decode()]
    for text in hidden:
        assert traces.found_in({"S": text}, [word]) == {word}, text
    assert traces.found_in({"S": raw}, ["Zqsomethingelse"]) == set()
    for dictionary in traces.dictionaries():
        packer = zlib.compressobj(zdict=dictionary)
        assert traces.found_in({"B": packer.compress(raw.encode()) + packer.flush()}, [word]) == {word}
    packer = zlib.compressobj(zdict=b"of nobody")
    with pytest.raises(UnknownDictionary):
        traces.found_in({"B": packer.compress(raw.encode()) + packer.flush()}, [word])
