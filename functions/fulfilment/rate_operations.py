"""The HTTP operations of rate cards."""

from __future__ import annotations

from functions.fulfilment import wiring
from functions.fulfilment.rate_schemas import RateCardBody, RateCardQuery, RateCardView, RateSchedule, ScheduledCard
from shared.http import Answer, Api, Call


def bind(api: Api) -> None:
    """Bind every operation."""

    @api.operation("put_rate_card", body=RateCardBody, answers={200: RateCardView, 201: RateCardView})
    def put_rate_card(call: Call[RateCardBody, None]) -> Answer:
        """Another content is another version: 201. The content of the newest version again: 200."""
        wanted = call.body.to_card(call.path["card_id"])
        card, created = wiring.rate_cards().put(wanted, cause=call.cause)
        return Answer(201 if created else 200, RateCardView.of(card))

    @api.operation("get_rate_card", query=RateCardQuery, answers={200: RateCardView})
    def get_rate_card(call: Call[None, RateCardQuery]) -> Answer:
        """The newest version, or the one that is named."""
        return Answer(200, RateCardView.of(wiring.rate_cards().get(call.path["card_id"], version=call.query.version)))

    @api.operation("list_rate_cards", answers={200: RateSchedule})
    def list_rate_cards(_: Call[None, None]) -> Answer:
        """Which card is in force, and which will be."""
        now, later = wiring.rate_cards().schedule()
        return Answer(
            200,
            RateSchedule(
                in_force=ScheduledCard.of(now) if now else None, scheduled=[ScheduledCard.of(one) for one in later]
            ),
        )
