"""The HTTP operations on links between customers, bound to the service's API by `api.py`."""

from __future__ import annotations

from collections.abc import Callable

from functions.customers.domain.review import ReviewState
from functions.customers.links import Links
from functions.customers.schemas import MergeView
from functions.customers.schemas_links import (
    MergeCustomers,
    ReviewsPage,
    ReviewsQuery,
    ReviewView,
    UnmergeCustomers,
)
from shared.http import Answer, Api, Call


def bind(api: Api, links: Callable[[], Links]) -> None:
    """Bind every operation."""

    @api.operation("list_reviews", query=ReviewsQuery, answers={200: ReviewsPage})
    def list_reviews(call: Call[None, ReviewsQuery]) -> Answer:
        """Pairs of customers that a person should look at."""
        query = call.query
        reviews, cursor = links().reviews(ReviewState(query.state), limit=query.limit, cursor=query.cursor)
        items = [ReviewView.of(review) for review in reviews]
        return Answer(200, ReviewsPage.model_construct(items=items, next_cursor=cursor))

    @api.operation("dismiss_review", answers={200: ReviewView})
    def dismiss_review(call: Call[None, None]) -> Answer:
        """They are two people: never ask again, never link them by evidence."""
        return Answer(200, ReviewView.of(links().dismiss(call.path["review_id"], call.cause)))

    @api.operation("merge_customers", body=MergeCustomers, answers={200: MergeView})
    def merge_customers(call: Call[MergeCustomers, None]) -> Answer:
        """Link another customer to this one, which stands for both from now on."""
        body = call.body
        merge = links().merge(call.path["customer_id"], body.other_customer_id, reason=body.reason, cause=call.cause)
        return Answer(200, MergeView.of(merge))

    @api.operation("unmerge_customers", body=UnmergeCustomers, answers={200: MergeView})
    def unmerge_customers(call: Call[UnmergeCustomers, None]) -> Answer:
        """Cut a link: both sides are as they were."""
        customer_id, body = call.path["customer_id"], call.body
        return Answer(
            200, MergeView.of(links().unmerge(customer_id, body.merge_id, reason=body.reason, cause=call.cause))
        )
