"""What events read like in a timeline."""

from __future__ import annotations

from datetime import UTC, datetime

from functions.customers import entries
from functions.fulfilment.domain.asking import Answer
from functions.fulfilment.domain.offers import Choice
from shared.events.fulfilment import (
    ChoiceMade,
    ChoiceOffered,
    FulfilmentOrderDelayed,
    FulfilmentOrderMoved,
    HandedOver,
    LineProgress,
    OptionChosen,
    OptionsOffered,
    PickupNotCollected,
    ReadyForPickup,
    Shipped,
    ShortLine,
    UnitsShort,
)
from shared.events.orders import (
    LineQuantity,
    OrderedLine,
    OrderLinesCancelled,
    OrderPlaced,
    PaymentSettled,
    ReturnedUnits,
    ReturnReceived,
    ReturnRequested,
)

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)


def placed(total: int, currency: str) -> OrderPlaced:
    return OrderPlaced(
        order_id="O-1",
        channel="web",
        channel_order_id="W-1",
        placed_at="2026-11-21T09:00:00.000Z",
        currency=currency,
        total=total,
        lines=(OrderedLine(line_id="1", sku="MUG", quantity=1, method="ship"),),
    )


def moved(status: str) -> FulfilmentOrderMoved:
    lines = (LineProgress(line_id="1", sku="MUG", fulfilled=2),)
    return FulfilmentOrderMoved(
        order_id="O-1",
        fulfilment_order_id="F-1",
        location_id="S1",
        method="ship",
        status=status,
        lines=lines,
        version=6,
    )


def test_an_order_stands_at_the_time_it_was_placed() -> None:
    entry = entries.order_placed(placed(7099, "GBP"))
    assert (entry.at.isoformat(), entry.summary) == ("2026-11-21T09:00:00+00:00", "Ordered 1 unit for 70.99 GBP")


def test_yen_have_no_minor_unit() -> None:
    assert entries.order_placed(placed(7099, "JPY")).summary == "Ordered 1 unit for 7099 JPY"


def test_only_the_delivery_is_told_of_the_steps_on_the_way() -> None:
    assert entries.delivered(moved("PICKED"), at=AT) is None
    entry = entries.delivered(moved("DELIVERED"), at=AT)
    assert entry is not None
    assert (entry.kind, entry.summary, entry.reference) == ("delivered", "2 units delivered", "F-1")


def test_two_cancels_of_one_order_are_two_entries_and_one_twice_is_one() -> None:
    event = OrderLinesCancelled(
        order_id="O-1", lines=(LineQuantity(line_id="1", quantity=2),), reason="", whole_order=False
    )
    keys = [entries.order_cancelled(event, at=AT, event_id=name).key for name in ("e1", "e2", "e1")]
    assert len(set(keys)) == 2


def test_a_shipment_names_its_place_and_a_payment_its_outcome() -> None:
    lines = (LineProgress(line_id="1", sku="MUG", shipped=1), LineProgress(line_id="2", sku="LAMP", shipped=2))
    event = Shipped(
        order_id="O-1",
        fulfilment_order_id="F-1",
        location_id="S1",
        method="ship",
        status="SHIPPED",
        lines=lines,
        version=5,
    )
    assert entries.shipped(event, at=AT).summary == "3 units shipped from S1"
    paid = PaymentSettled(
        order_id="O-1", operation_id="P-1", kind="capture", outcome="DONE", amount=1250, currency="GBP"
    )
    assert entries.payment_settled(paid, at=AT).summary == "12.50 GBP captured"
    declined = paid.model_copy(update={"kind": "authorise", "outcome": "DECLINED"})
    assert entries.payment_settled(declined, at=AT).summary == "12.50 GBP not authorised: declined"


def test_a_return_is_told_when_it_is_wanted_and_each_time_more_of_it_is_here() -> None:
    wanted = ReturnRequested(
        order_id="O-1",
        return_id="R-1",
        method="mail",
        verdict="AUTHORISED",
        lines=(LineQuantity(line_id="1", quantity=3),),
    )
    assert entries.return_requested(wanted, at=AT).summary == "Return of 3 units authorised"
    here = [
        ReturnReceived(order_id="O-1", return_id="R-1", units=(units(quantity, what),), version=version)
        for version, quantity, what in ((2, 1, "PROCESSING"), (3, 1, "RESTOCK"), (4, 3, "RESTOCK"))
    ]
    told = [entries.return_received(event, at=AT) for event in here]
    assert told[0].key == told[1].key != told[2].key
    assert told[2].summary == "3 units of the return received"


def units(quantity: int, disposition: str) -> ReturnedUnits:
    return ReturnedUnits(line_id="1", sku="MUG", location_id="S1", quantity=quantity, disposition=disposition)


def test_what_waits_for_collection_is_told_without_its_code() -> None:
    lines = (LineProgress(line_id="1", sku="MUG", ready=2),)
    event = ReadyForPickup(
        order_id="O-1",
        fulfilment_order_id="F-1",
        location_id="S1",
        method="pickup",
        status="READY",
        lines=lines,
        version=5,
        code="SECRET",
    )
    entry = entries.ready(event, at=AT)
    assert (entry.kind, entry.summary) == ("ready_for_pickup", "2 units ready for collection at S1")
    assert "SECRET" not in repr(entry)


def test_what_a_store_could_not_do_is_told_with_its_cause() -> None:
    short = UnitsShort(
        order_id="O-1",
        fulfilment_order_id="O-1.1",
        location_id="S1",
        plan_version=1,
        number=2,
        reason="NOT_FOUND",
        lines=(ShortLine(line_id="1", sku="MUG", quantity=2),),
    )
    entry = entries.units_short(short, at=AT)
    assert (entry.key, entry.summary) == ("short:O-1.1:2", "2 units short at S1: not found")
    base = {"order_id": "O-1", "fulfilment_order_id": "O-1.1", "location_id": "S1"}
    late = FulfilmentOrderDelayed(**base, method="ship", status="OPEN", cause="LATE", due_at="2026-11-21T10:00:00.000Z")
    told = entries.delayed(late, at=AT)
    assert told is not None
    assert told.summary == "Later than promised at S1"
    assert entries.delayed(late.model_copy(update={"cause": "CURBSIDE_WAITING"}), at=AT) is None
    missed = PickupNotCollected(**base, lines=(LineQuantity(line_id="1", quantity=1),))
    assert entries.not_collected(missed, at=AT).summary == "1 unit not collected at S1"


def test_a_shopper_reads_what_they_were_asked_and_what_became_of_it_without_the_link() -> None:
    asked = {"options": (), "default": "wait", "expires_at": "2026-11-22T10:00:00.000Z", "link": "SECRET"}
    one = (LineQuantity(line_id="1", quantity=1),)
    offered = entries.choice_offered(ChoiceOffered(order_id="O-1", number=2, lines=one, **asked), at=AT)
    assert (offered.key, offered.summary) == ("choice_offered:2", "Asked about 1 unit that no place can ship")
    made = ChoiceMade(order_id="O-1", number=2, lines=one, choice="collect", location_id="S2")
    told = entries.choice_made(made, at=AT)
    assert (told.key, told.summary) == ("choice_made:2", "1 unit to be collected at S2")
    at_store = {"order_id": "O-1", "fulfilment_order_id": "O-1.1", "location_id": "S1", "lines": one}
    short = entries.options_offered(OptionsOffered(**at_store, **asked), at=AT)
    assert (short.key, short.reference) == ("choice_offered:O-1.1:1", "O-1.1")
    assert short.summary == "Asked about 1 unit that S1 cannot give"
    chosen = entries.option_chosen(OptionChosen(**at_store, number=1, choice="ship_home"), at=AT)
    assert (chosen.key, chosen.summary) == ("choice_made:O-1.1:1", "1 unit to be sent home")
    assert "SECRET" not in repr((offered, short))


def test_every_choice_that_a_shopper_is_given_has_its_words() -> None:
    assert {*entries.CHOSEN} == {one.value for one in (*Answer, *Choice)}


def test_what_is_handed_over_in_parts_is_told_part_by_part_and_each_once() -> None:
    def handed_over(units: int, status: str) -> str:
        event = HandedOver(
            order_id="O-1",
            fulfilment_order_id="O-1.1",
            location_id="S1",
            method="pickup",
            status=status,
            lines=(LineProgress(line_id="1", sku="MUG", ready=3 - units, fulfilled=units),),
            version=5 + units,
        )
        return entries.handed_over(event, at=AT).key

    assert handed_over(1, "READY") == handed_over(1, "READY")
    assert handed_over(1, "READY") != handed_over(3, "HANDED_OVER")
