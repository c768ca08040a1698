"""Two associates with several devices do the same at the same moment on the deployed stack: nothing happens twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from infra.local.http import Answer, Api
from infra.local.stack import LocalStack
from tests.e2e.store import ID_CHECK, Store
from tests.e2e.test_orders import settle, unique
from tests.support.shop import line

pytestmark = pytest.mark.e2e
DEVICES = 4
"""Of each of the two."""


@pytest.fixture(scope="module")
def store(stack: LocalStack) -> Store:
    """Places of its own in the stack of all."""
    return Store(stack, here=unique("S"), there=unique("S"))


def at_once(*calls: Callable[[], Answer]) -> list[Answer]:
    """The answers to calls that begin at the same moment."""
    barrier = Barrier(len(calls))

    def call(one: Callable[[], Answer]) -> Answer:
        barrier.wait(timeout=30)
        return one()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


def both(store: Store, call: Callable[[Api], Answer]) -> tuple[list[Answer], list[Answer]]:
    """The same call on all devices of both at once: what Ann and what Bob was answered."""
    people = [store.ann] * DEVICES + [store.bob] * DEVICES
    answers = at_once(*(lambda by=by: call(by) for by in people))
    return answers[:DEVICES], answers[DEVICES:]


def said(answers: list[Answer]) -> Counter[str]:
    return Counter("done" if answer.ok else str(answer.body["code"]) for answer in answers)


def lying(store: Store) -> int:
    return store.position(store.lamp, store.here)["on_hand"]


def test_work_is_claimed_by_one_picked_once_and_handed_over_once(store: Store) -> None:
    order_id, work = store.collected("pickup", units=2)
    before = lying(store)
    anns, bobs = both(store, lambda by: store.step(work, "claim", by=by))
    winner, loser = (store.ann, store.bob) if anns[0].ok else (store.bob, store.ann)
    won, lost = (anns, bobs) if anns[0].ok else (bobs, anns)
    assert (said(won), said(lost)) == ({"done": DEVICES}, {"claimed": DEVICES})
    store.step(work, "acknowledge", by=winner)

    picked = {"lines": [{"line_id": "1", "picked": 2}]}
    anns, bobs = both(store, lambda by: store.step(work, "pick", picked, by=by))
    won, lost = (anns, bobs) if winner is store.ann else (bobs, anns)
    assert said(won) == {"done": DEVICES}
    assert set(said(lost)) <= {"claimed", "done"}, "what has been done so already is answered as done"
    assert len({str(answer.body) for answer in won + lost if answer.ok}) == 1, "every device is answered the same"

    units = [{"line_id": "1", "quantity": 2}]
    parcels = {"parcels": [{"parcel_id": "P1", "lines": units}]}
    packed = at_once(*[lambda: store.step(work, "pack", parcels, by=winner)] * DEVICES)
    assert said(packed) == {"done": DEVICES}
    assert store.step(work, "unpack", by=loser).body["code"] == "claimed"
    store.done(work, "ready")
    settle(store.stack)

    code = {"code": store.order(order_id)["pickups"][0]["code"]}
    anns, bobs = both(store, lambda by: store.step(work, "hand-over", code, by=by))
    assert said(anns + bobs) == {"done": 2 * DEVICES}
    assert {answer.body["lines"][0]["handed"] for answer in anns + bobs} == {2}
    settle(store.stack)
    end = store.order(order_id)
    assert (end["status"], end["payment_status"]) == ("FULFILLED", "CAPTURED")
    assert end["lines"][0]["quantities"]["fulfilled"] == 2
    money = store.ops.get(f"/v1/orders/{order_id}/payments").body
    assert money["captured"]["amount"] == end["totals"]["total"]["amount"]
    assert lying(store) == before - 2
    store.audited()


def test_of_two_counts_of_one_pick_one_holds_and_the_shelf_is_corrected_once(store: Store) -> None:
    order_id = store.placed(line("1", store.mug, 2))
    (work,) = store.works(order_id)
    place = work["location_id"]
    before = store.position(store.mug, place)["on_hand"]
    store.done(work, "acknowledge")

    def pick(units: int) -> Callable[[], Answer]:
        return lambda: store.step(work, "pick", {"lines": [{"line_id": "1", "picked": units}]})

    answers = at_once(*[pick(2), pick(1)] * DEVICES)
    full, short = answers[::2], answers[1::2]
    assert {frozenset(said(full)), frozenset(said(short))} == {
        frozenset({"done"}),
        frozenset({"transition_not_allowed"}),
    }
    settle(store.stack)
    missing = int(short[0].ok)
    assert store.position(store.mug, place)["on_hand"] == before - missing
    works = store.works(order_id)
    assert len(works) == 1 + missing
    assert sum(one["lines"][0]["quantity"] for one in works) == 2
    store.audited()


def test_parts_are_handed_over_as_often_as_there_are_units(store: Store) -> None:
    order_id, work, _ = store.ready("pickup", units=2)
    before = lying(store)

    def part(number: int) -> Callable[[], Answer]:
        body = ID_CHECK | {"hand_over_id": f"part-{number}", "lines": [{"line_id": "1", "quantity": 1}]}
        return lambda: store.step(work, "hand-over", body, by=store.ann if number % 2 else store.bob)

    answers = at_once(*(part(number) for number in range(2 * DEVICES)))
    told = said(answers)
    assert told.pop("done") == 2, told
    assert set(told) <= {"transition_not_allowed", "invalid"}
    settle(store.stack)
    assert store.order(order_id)["lines"][0]["quantities"]["fulfilled"] == 2
    assert lying(store) == before - 2
    store.audited()


def test_wrong_codes_on_many_devices_lock_after_the_fifth(store: Store) -> None:
    _, work, pickup = store.ready("pickup")
    anns, bobs = both(store, lambda by: store.step(work, "hand-over", {"code": "000000"}, by=by))
    answers = anns + bobs
    assert said(answers) == {"wrong_code": 5, "code_locked": 2 * DEVICES - 5}
    left = sorted(answer.body["tries_left"] for answer in answers if answer.body["code"] == "wrong_code")
    assert left == [0, 1, 2, 3, 4]
    assert store.step(work, "hand-over", {"code": pickup["code"]}).body["code"] == "code_locked"
    store.done(work, "hand-over", ID_CHECK)


def test_no_work_is_in_two_waves_and_no_parcel_on_two_manifests(store: Store) -> None:
    orders = [store.placed(line("1", store.mug, 1)) for _ in range(3)]
    works = [work for order_id in orders for work in store.works(order_id)]
    place = works[0]["location_id"]
    mine = [one["fulfilment_order_id"] for one in works if one["location_id"] == place]

    def taken(path: str, name: str) -> Counter[str]:
        def call(number: int) -> Callable[[], Answer]:
            body: dict[str, Any] = {name: unique("AT-ONCE"), "location_id": place}
            return lambda: store.ops.post(path, body)

        answers = at_once(*(call(number) for number in range(DEVICES)))
        assert set(said(answers)) <= {"done", "nothing_to_pick", "nothing_to_hand_over"}
        return Counter(one for answer in answers if answer.ok for one in answer.body["fulfilment_order_ids"])

    walks = taken("/v1/waves", "wave_id")
    assert set(mine) <= set(walks)
    assert set(walks.values()) == {1}
    for work in [one for one in works if one["location_id"] == place]:
        store.done(work, "pick", {"lines": [{"line_id": "1", "picked": 1}]})
        store.done(work, "pack", {"parcels": [{"parcel_id": "P1", "lines": [{"line_id": "1", "quantity": 1}]}]})
        bought = at_once(*[lambda work=work: store.step(work, "labels", {})] * DEVICES)
        assert len({answer.body["parcels"][0]["tracking_number"] for answer in bought}) == 1
        assert {answer.status for answer in bought} == {200}
    assert taken("/v1/manifests", "manifest_id") == dict.fromkeys(mine, 1)
    settle(store.stack)
    store.audited()
