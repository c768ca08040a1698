"""HTTP models of return policies."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.orders.domain.policies import Fee, ReturnPolicy
from functions.orders.domain.returns import ReturnMethod
from shared.errors import InvalidField
from shared.schemas import Identifier, MoneySchema, OptionalText, Schema, UtcTime

MAX_WINDOW_DAYS = 3650
MAX_FEES = 40


class PolicyConditions(Schema):
    """For which lines: all that are given must hold; none: for every line."""

    channel: Identifier | None = None
    category: Annotated[OptionalText, Field(min_length=1)] | None = None
    sku: Identifier | None = None


class FeeSchema(Schema):
    """What one return by this method costs the shopper, taken from the refund. None when the retailer is at fault."""

    method: ReturnMethod
    amount: MoneySchema


class PutReturnPolicy(Schema):
    """What may come back, until when (days from delivery or hand-over), how (without `methods`: any way), at what fee.

    `final_sale`: nothing, unless the retailer is at fault: then a person decides. `effective_from`: orders placed from
    then on; a first version without it holds for all orders, a later one for orders placed from now on.
    """

    when: PolicyConditions = PolicyConditions()
    window_days: Annotated[int, Field(ge=0, le=MAX_WINDOW_DAYS)]
    final_sale: bool = False
    methods: Annotated[list[ReturnMethod], Field(min_length=1, max_length=len(ReturnMethod))] | None = None
    fees: Annotated[list[FeeSchema], Field(max_length=MAX_FEES)] | None = None
    effective_from: UtcTime | None = None
    retired: bool = False

    def to_policy(self, policy_id: str) -> ReturnPolicy:
        """Raises InvalidField for a fee that is given twice."""
        fees = [Fee(one.method, one.amount.amount, one.amount.currency) for one in self.fees or ()]
        for index, one in enumerate(fees):
            if any((other.method, other.currency) == (one.method, one.currency) for other in fees[:index]):
                raise InvalidField(f"/fees/{index}", "the method has a fee in this currency already")
        return ReturnPolicy(
            policy_id=policy_id,
            effective_from=self.effective_from,
            channel=self.when.channel,
            category=self.when.category,
            sku=self.when.sku,
            window_days=self.window_days,
            final_sale=self.final_sale,
            methods=tuple(one for one in ReturnMethod if self.methods is None or one in self.methods),
            fees=tuple(fees),
            retired=self.retired,
        )


class ReturnPolicyView(Schema):
    """One version of a policy."""

    policy_id: str
    version: int
    effective_from: UtcTime | None
    when: PolicyConditions
    window_days: int
    final_sale: bool
    methods: list[ReturnMethod]
    fees: list[FeeSchema]
    retired: bool


class ReturnPoliciesView(Schema):
    """Versions of policies, by name and version."""

    items: list[ReturnPolicyView]


def policy_view(one: ReturnPolicy) -> ReturnPolicyView:
    """The version as its readers see it."""
    fees = [(fee.method, MoneySchema.model_construct(amount=fee.amount, currency=fee.currency)) for fee in one.fees]
    return ReturnPolicyView(
        policy_id=one.policy_id,
        version=one.version,
        effective_from=one.effective_from,
        when=PolicyConditions(channel=one.channel, category=one.category, sku=one.sku),
        window_days=one.window_days,
        final_sale=one.final_sale,
        methods=list(one.methods),
        fees=[FeeSchema(method=method, amount=amount) for method, amount in fees],
        retired=one.retired,
    )
