"""Use cases: join customers who are one person, take them apart again, decide what a person was asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from functions.customers.catalogue import Catalogue
from functions.customers.domain.customer import Customer, CustomerNotFound
from functions.customers.domain.linking import Merge, MergeNotFound, TooManyMembers, Tree, linked, unlinked
from functions.customers.domain.matching.resolver import Verdict
from functions.customers.domain.review import Review, ReviewNotFound, ReviewState, review_id, review_of
from shared.cause import Cause
from shared.dynamo.retry import retried
from shared.dynamo.table import Action
from shared.errors import Conflict
from shared.ids import new_id

AUTOMATIC = "evidence above the threshold"


class SameCustomer(Conflict):
    """A customer cannot be merged with itself."""

    code = "same_customer"


class Links:
    """The use cases; each may be repeated."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def shopper(self, customer_id: str) -> tuple[Tree, Customer]:
        """The tree of a customer and all its members seen as one. Raises CustomerNotFound."""
        found = self._catalogue.shopper(customer_id)
        if found is None:
            raise CustomerNotFound
        return found

    def merge(self, customer_id: str, other_id: str, *, reason: str, cause: Cause) -> Merge:
        """Link two customers: the first one's root stands for both from now on. Nothing of either is rewritten.

        Answers the present link when they are one already. Raises CustomerNotFound, SameCustomer, TooManyMembers.
        """
        if customer_id == other_id:
            raise SameCustomer("give two different customers")
        for name in (customer_id, other_id):
            self.shopper(name)
        merge = retried(lambda: self._merge(customer_id, other_id, reason, cause))
        pairs = ((customer_id, other_id), (merge.customer_id, merge.branch))
        for review in self._catalogue.reviews.among([review_id(*pair) for pair in pairs]).values():
            if review.state is not ReviewState.MERGED:
                self._catalogue.reviews.decide(_decided(review, ReviewState.MERGED, cause), cause=cause)
        return merge

    def _merge(self, customer_id: str, other_id: str, reason: str, cause: Cause) -> Merge:
        trees = self._catalogue.trees([customer_id, other_id])
        one, other = trees[customer_id], trees[other_id]
        if one.root == other.root:
            ends = (customer_id, other_id)
            return next((link for link in one.links if link.branch in ends), one.links[0])
        after, merge = linked(one, other, merge_id=f"M-{new_id()}", reason=reason, by=cause.actor, at=cause.at)
        self._catalogue.save_link(before=(one, other), after=after, merge=merge, cause=cause)
        return merge

    def unmerge(self, customer_id: str, merge_id: str, *, reason: str, cause: Cause) -> Merge:
        """Cut a link: both sides are as before it, with what each has been told since. They are not linked by
        evidence again. Raises MergeNotFound."""
        return retried(lambda: self._unmerge(customer_id, merge_id, reason, cause))

    def _unmerge(self, customer_id: str, merge_id: str, reason: str, cause: Cause) -> Merge:
        tree = self._catalogue.tree(customer_id)
        stored = self._catalogue.merge(merge_id)
        if stored is not None and not stored.active and customer_id in (stored.customer_id, *stored.members):
            return stored
        rest, branch, cut = unlinked(tree, merge_id)
        undone = replace(cut, members=branch.members, undone_at=cause.at, undone_by=cause.actor, undone_reason=reason)
        self._catalogue.save_cut(before=tree, rest=rest, branch=branch, merge=undone, cause=cause)
        apart = (cut.customer_id, cut.branch)
        review = self._catalogue.reviews.find(review_id(*apart)) or Review(
            review_id(*apart), (min(apart), max(apart)), 0.0, (), "", cause.at
        )
        self._catalogue.reviews.decide(_decided(review, ReviewState.DISMISSED, cause), cause=cause)
        return undone

    def reviews(self, state: ReviewState, *, limit: int, cursor: str | None) -> tuple[list[Review], str | None]:
        """A page of pairs that a person should look at, the oldest first."""
        return self._catalogue.reviews.page(state, limit=limit, cursor=cursor)

    def dismiss(self, name: str, cause: Cause) -> Review:
        """They are two people: never ask again, never link them by evidence. Raises ReviewNotFound, Conflict."""
        review = self._catalogue.reviews.find(name)
        if review is None:
            raise ReviewNotFound
        if review.state is ReviewState.MERGED:
            raise Conflict("they have been merged; unmerge them instead", code="review_decided")
        if review.state is ReviewState.OPEN:
            review = _decided(review, ReviewState.DISMISSED, cause)
            self._catalogue.reviews.decide(review, cause=cause)
        return review

    # ------------------------------------------------------------------ what a verdict leads to

    def consequences(
        self, tree: Tree, found: Verdict, cause: Cause, *, may_join: Callable[[str], bool]
    ) -> tuple[list[Action], list[str]]:
        """What a verdict means beyond its best match: questions to put (in the same write as the record), and roots to
        join afterwards. A pair that a person has taken apart is left alone; whom one may not join with is asked about.

        That two are to be joined is written with the record as well: so the join is made even if the worker dies before
        it makes it (see `join_matched`).
        """
        others = [one for one in found.links if one.root != tree.root]
        doubtful = [one for one in found.reviews if one.root != tree.root]
        asked = {one.root: review_id(tree.root, one.root) for one in (*others, *doubtful)}
        known = self._catalogue.reviews.among(list(asked.values())) if asked else {}
        actions: list[Action] = []
        joins: list[str] = []
        for one in (*others, *doubtful):
            before = known.get(asked[one.root])
            if one in others and may_join(one.root):
                if before is None or before.state is not ReviewState.DISMISSED:
                    review = review_of(tree.root, one, at=cause.at, enough=True)
                    actions.append(self._catalogue.reviews.joining(review, cause=cause))
                    joins.append(one.root)
            elif before is None:
                actions.append(self._catalogue.reviews.asking(review_of(tree.root, one, at=cause.at), cause=cause))
        return actions, joins

    def join_matched(self, name: str, cause: Cause) -> None:
        """Make the join that a review's evidence calls for, if nobody has: it was made, taken apart, or one was
        forgotten, all of which is fine."""
        review = self._catalogue.reviews.find(name)
        if review is None or not review.enough or review.state is not ReviewState.OPEN:
            return
        try:
            self.merge(*review.customer_ids, reason=AUTOMATIC, cause=cause)
        except (CustomerNotFound, TooManyMembers):
            return  # forgotten; or more than one person can be: the review stays open for somebody to look at


def _decided(review: Review, state: ReviewState, cause: Cause) -> Review:
    return replace(review, state=state, decided_by=cause.actor, decided_at=cause.at)


__all__ = ["AUTOMATIC", "Links", "MergeNotFound", "SameCustomer"]
