"""Lambda entry: the inventory table's stream -> events on the bus."""

from __future__ import annotations

from functions.inventory import facts
from functions.inventory.repository.cart_answers import KIND as CART_ANSWER_KIND
from functions.inventory.repository.cart_answers import decode_cart_answer
from functions.inventory.repository.documents import (
    ANSWER_KIND,
    BOOK_KIND,
    ERASURE_KIND,
    decode_answer,
    decode_book,
    decode_erasure,
)
from functions.inventory.repository.network import ITEM_KIND, LOCATION_KIND, decode_item, decode_location
from functions.inventory.repository.selling import SELLING_KIND, decode_set
from functions.inventory.repository.stock import KIND as STOCK_KIND
from functions.inventory.repository.stock import decode_stock
from functions.inventory.repository.transfers import KIND as TRANSFER_KIND
from functions.inventory.repository.transfers import decode_transfer
from shared.relay import Relay, Source

handler = Relay(
    {
        STOCK_KIND: Source(decode_stock, facts.stock_facts),
        LOCATION_KIND: Source(decode_location, facts.location_facts),
        ITEM_KIND: Source(decode_item, facts.item_facts),
        BOOK_KIND: Source(decode_book, facts.book_facts),
        ANSWER_KIND: Source(decode_answer, facts.answer_facts),
        CART_ANSWER_KIND: Source(decode_cart_answer, facts.cart_answer_facts),
        ERASURE_KIND: Source(decode_erasure, facts.erasure_facts),
        SELLING_KIND: Source(decode_set, facts.selling_facts),
        TRANSFER_KIND: Source(decode_transfer, facts.transfer_facts),
    }
)
