"""Bugs of the work at the locations that do no harm as long as nothing goes wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from functions.fulfilment.domain import asking, labels, settling, steps
from functions.fulfilment.domain.parcels import VoidStatus
from functions.fulfilment.domain.rounds import advanced
from functions.fulfilment.domain.shortfall import lost_units
from functions.fulfilment.domain.states import SHIP, Status
from functions.fulfilment.repository import demands as demand_rows
from functions.fulfilment.repository import history
from functions.fulfilment.repository.rows import ALWAYS
from functions.fulfilment.repository.waves import WaveRepository
from functions.fulfilment.repository.work import Wanted, saving
from functions.fulfilment.service import pausing, rerouting, waking
from functions.fulfilment.service.asking import AskingService
from functions.fulfilment.service.holding import HoldingService
from functions.fulfilment.service.pausing import PausingService
from functions.fulfilment.service.shipping import ShippingService
from functions.fulfilment.service.voiding import VoidingService
from functions.fulfilment.service.waking import WakingService
from functions.inventory.domain import book
from functions.orders import counter
from functions.orders.domain import following
from shared.events.fulfilment import HandedOver
from shared.ids import new_id
from tests.faults.proving import Planted
from tests.support.faults import Kind


def _writes_off_again(patch: pytest.MonkeyPatch) -> None:
    real = book.write_off
    patch.setattr(
        "functions.inventory.service.allocation.write_off",
        lambda of, plan, request_id, units, *, damaged: real(of, plan, new_id(), units, damaged=damaged),
    )


def _does_not_know_its_repeats(patch: pytest.MonkeyPatch) -> None:
    real = steps.stamped

    def stamped(before: Any, after: Any, *, at: Any) -> Any:
        return replace(real(before, after, at=at), last_request="")

    patch.setattr("functions.fulfilment.service.work.stamped", stamped)


def _gives_up_in_two_writes(patch: pytest.MonkeyPatch) -> None:
    def give_up(self: Any, before: Any, after: Any, *, cause: Any) -> Any:
        saved = steps_repository(self).save(after, cause=cause)
        demand = self._load(after)
        at = self._clock()
        demand = settling.unplaced(demand, lost_units(before, after), location_id=before.location_id, at=at)
        demand, decision = self._sourcing.planner.anew(demand, cause, trigger="not_found")
        self._sourcing.look_again(self._demands.save(demand, cause=cause, decision=decision), cause)
        return saved

    def steps_repository(service: Any) -> Any:
        return service._sourcing._work

    patch.setattr(rerouting.ReroutingService, "give_up", give_up)


def _receives_a_transfer_again(patch: pytest.MonkeyPatch) -> None:
    real = book.come
    patch.setattr(
        "functions.inventory.service.allocation.come",
        lambda *given, source, **more: real(*given, source=new_id(), **more),
    )


def _takes_back_again_what_was_refused(patch: pytest.MonkeyPatch) -> None:
    real = counter.CounterService._refused

    def refused(self: Any, event: HandedOver, number: int, line: Any, cause: Any) -> None:
        order = self._book.get(event.order_id)
        again = order.return_(f"{event.fulfilment_order_id}.refused.{number}") is not None
        real(self, event, number + 100 if again else number, line, cause)

    patch.setattr(counter.CounterService, "_refused", refused)


def _cancels_again_what_nobody_collected(patch: pytest.MonkeyPatch) -> None:
    real = following.given_up

    def given_up(order: Any, name: str, *rest: Any) -> Any:
        again = order.cancellation(f"#given-up-{name}") is not None
        return real(order, new_id() if again else name, *rest)

    patch.setattr(following, "given_up", given_up)


def _moves_in_two_writes(patch: pytest.MonkeyPatch) -> None:
    real = demand_rows.DemandRepository.save

    def save(self: Any, demand: Any, *, cause: Any, decision: Any = None, work: Any = ()) -> Any:
        ends = [one for one in work if any(line.moved for line in one.lines)]
        saved = real(self, demand, cause=cause, decision=decision, work=[one for one in work if one not in ends])
        for one in ends:
            self._table.write(saving(one, cause=cause))
        return saved

    patch.setattr(demand_rows.DemandRepository, "save", save)


def _buys_a_label_anew(patch: pytest.MonkeyPatch) -> None:
    real = ShippingService._consignments

    def consignments(self: ShippingService, order: Any) -> Any:
        return {name: replace(one, key=f"{one.key}/{new_id()}") for name, one in real(self, order).items()}

    patch.setattr(ShippingService, "_consignments", consignments)


def _forgets_what_it_was_buying(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(labels, "_of_purchase", lambda _order, *, at: [])


def _gives_up_on_a_busy_carrier(patch: pytest.MonkeyPatch) -> None:
    real = VoidingService._answer

    def answer(self: VoidingService, void: Any) -> Any:
        said = real(self, void)
        return VoidStatus.VOIDED if said is VoidStatus.PENDING else said

    patch.setattr(VoidingService, "_answer", answer)


def _believes_every_word_on_holds(patch: pytest.MonkeyPatch) -> None:
    real = HoldingService._bar

    def bar(self: HoldingService, event: Any, cause: Any) -> Any:
        demand = self._demands.find(event.order_id)
        newest = event.model_copy(update={"version": max(event.version, demand.holds_version if demand else 0)})
        return real(self, newest, cause)

    patch.setattr(HoldingService, "_bar", bar)


def _opens_a_wave_in_two_writes(patch: pytest.MonkeyPatch) -> None:
    real = WaveRepository.save

    def save(self: Any, wave: Any, taken: Any, *, cause: Any) -> Any:
        saved = real(self, wave, (), cause=cause)
        for one in taken:
            self._table.write(saving(one, cause=cause))
        return saved

    patch.setattr(WaveRepository, "save", save)


def _goes_on_before_looking(patch: pytest.MonkeyPatch) -> None:
    """The step is stored as done before anybody was looked at."""

    def advance(self: WakingService, event: Any, cause: Any) -> None:
        known = self._rounds.find(event.subject)
        if known.over or known.version != event.version:
            return
        found = self._demands.waiting(known.subject, after=known.after, limit=waking.MAX_WOKEN)
        after = found[-1].key if len(found) == waking.MAX_WOKEN else None
        self._rounds.save(advanced(known, after, at=self._clock()), cause=cause)
        for waiting in found:
            self._sourcing.reconsider(waiting.order_id, cause, trigger=known.trigger)

    patch.setattr(WakingService, "advance", advance)


def _goes_on_before_handing_on(patch: pytest.MonkeyPatch) -> None:
    """The step is stored as done before any of its work was handed on."""

    def advance(self: PausingService, event: Any, cause: Any) -> None:
        known = self._rounds.find(event.subject)
        if known.over or known.version != event.version:
            return
        location_id = event.subject.partition("#")[2]
        wanted = Wanted(location_id, Status.OPEN, SHIP)
        page = self._work.at_location(wanted, limit=pausing.MAX_MOVED, cursor=known.after or None)
        self._rounds.save(advanced(known, page.next_cursor, at=self._clock()), cause=cause)
        self._hand_on(location_id, known.after or None, cause)

    patch.setattr(PausingService, "advance", advance)


def _notes_the_wait_afterwards(patch: pytest.MonkeyPatch) -> None:
    """The demand says that it waits before anybody could find it by that."""
    demands = demand_rows.DemandRepository
    wait, save = demands.wait, demands.save
    later: list[Any] = []

    def saved(self: Any, demand: Any, *, cause: Any, **more: Any) -> Any:
        notes = later.copy()
        later.clear()  # what is in memory is gone if this crashes
        after = save(self, demand, cause=cause, **more)
        for one in notes:
            wait(self, *one, cause=cause)
        return after

    patch.setattr(demands, "wait", lambda _self, demand, subjects, *, cause: later.append((demand, subjects)))
    patch.setattr(demands, "save", saved)


def _chooses_in_two_writes(patch: pytest.MonkeyPatch) -> None:
    """The choice is stored before the units are planned: who repeats it finds it made."""

    def _chosen(self: AskingService, demand: Any, option_id: str, cause: Any) -> Any:
        items = self._copies.load(line.sku for line in demand.lines if line.asked).items
        after = self._demands.save(asking.answered(demand, option_id, items), cause=cause)
        after, decision = self._sourcing.planner.anew(after, cause, trigger="chosen")
        return self._demands.save(self._sourcing.planner.noted(after, cause), cause=cause, decision=decision)

    patch.setattr(AskingService, "_chosen", _chosen)


def _reports_without_marks(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(history, "ABSENT", ALWAYS)


PLANTED = (
    Planted("opens a wave in two writes", "wave", Kind.CRASH_AFTER, "waves", _opens_a_wave_in_two_writes),
    Planted("moves in two writes", "moved", Kind.CRASH_AFTER, "fulfilment", _moves_in_two_writes),
    Planted("buys a label anew", "by carrier", Kind.CRASH_AFTER, "carrier buy", _buys_a_label_anew),
    Planted("forgets purchases", "packed anew", Kind.CRASH_AFTER, "carrier buy", _forgets_what_it_was_buying),
    Planted("does not ask again", "cancelled on hold", Kind.THROTTLED, "carrier void", _gives_up_on_a_busy_carrier),
    Planted("believes old holds", "held", Kind.AGAIN_AT_THE_END, "OrderHoldsChanged", _believes_every_word_on_holds),
    Planted("writes off again", "short", Kind.TWICE, "UnitsShort", _writes_off_again),
    Planted("does not know its repeats", "short", Kind.CRASH_AFTER, "fulfilment", _does_not_know_its_repeats),
    Planted("gives up in two writes", "short", Kind.CRASH_BEFORE, "fulfilment", _gives_up_in_two_writes),
    Planted("receives a transfer again", "store short", Kind.TWICE, "ReceivedAtStore", _receives_a_transfer_again),
    Planted("takes back again", "hand over", Kind.TWICE, "HandedOver", _takes_back_again_what_was_refused),
    Planted("cancels again", "no-show", Kind.TWICE, "PickupNotCollected", _cancels_again_what_nobody_collected),
)
ROUTING_PLANTED = (Planted("reports without marks", "reported", Kind.TWICE, "projector", _reports_without_marks),)
WAITING_PLANTED = (
    Planted("goes on before it has looked", "woken", Kind.CRASH_BEFORE, "fulfilment.consumer", _goes_on_before_looking),
    Planted("goes on before handing on", "handed on", Kind.CRASH_BEFORE, "consumer", _goes_on_before_handing_on),
    Planted("notes the wait afterwards", "lapsed", Kind.CRASH_AFTER, "fulfilment.timer", _notes_the_wait_afterwards),
    Planted("chooses in two writes", "chosen", Kind.CRASH_AFTER, "POST ", _chooses_in_two_writes),
    Planted("lapses in two writes", "lapsed", Kind.CRASH_AFTER, "fulfilment.timer", _chooses_in_two_writes),
)
