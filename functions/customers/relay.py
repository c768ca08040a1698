"""Lambda entry: the customers table's stream -> events on the bus."""

from __future__ import annotations

from functions.customers.carts import CART_KIND, cart_of
from functions.customers.catalogue import MERGE_KIND, merge_of
from functions.customers.dossier import CONSENT_KIND, consent_of
from functions.customers.erasure_rows import ERASURE_KIND, erasure_of
from functions.customers.facts import cart_facts, consent_facts, erasure_facts, link_facts, merge_facts, review_facts
from functions.customers.repository import LINK_KIND, link_of
from functions.customers.reviews import REVIEW_KIND, review_row
from shared.relay import Relay, Source

handler = Relay(
    {
        CART_KIND: Source(decode=cart_of, facts=cart_facts),
        LINK_KIND: Source(decode=link_of, facts=link_facts),
        CONSENT_KIND: Source(decode=consent_of, facts=consent_facts),
        REVIEW_KIND: Source(decode=review_row, facts=review_facts),
        MERGE_KIND: Source(decode=merge_of, facts=merge_facts),
        ERASURE_KIND: Source(decode=erasure_of, facts=erasure_facts),
    }
)
