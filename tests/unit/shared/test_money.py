"""Money splits and adds without losing a cent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.money import CurrencyMismatch, Money, split, total, value_of_units

AMOUNTS = st.integers(-(10**12), 10**12)


@given(AMOUNTS, st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_the_parts_of_an_amount_sum_to_it_and_none_is_off_by_more_than_one(amount: int, weights: list[int]) -> None:
    parts = split(amount, weights)
    assert sum(parts) == amount
    whole = sum(weights) or len(weights)
    for part, weight in zip(parts, weights if sum(weights) else [1] * len(weights), strict=True):
        assert abs(part * whole - amount * weight) < whole


def test_ties_of_a_split_go_to_the_earlier_part() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_a_split_needs_weights_that_are_not_negative(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split(1, weights)


@given(st.integers(0, 10**9), st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_any_sequence_of_parts_over_time_is_worth_exactly_the_line(amount: int, counts: list[int]) -> None:
    quantity, before, worth = sum(counts), 0, 0
    for count in counts:
        worth += value_of_units(amount, quantity, before=before, count=count)
        before += count
    assert worth == amount


def test_amounts_of_two_currencies_never_meet() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "GBP") + Money(1, "EUR")


def test_the_sum_of_nothing_is_zero_of_the_currency() -> None:
    assert total([], currency="GBP") == Money(0, "GBP")
    assert total([Money(1, "GBP"), Money(2, "GBP")], currency="GBP") == Money(3, "GBP")
