"""What stored orders have in common, so that an order of a few lines fits one write unit on its whole way.

A dictionary that rows were written with is never changed or removed: a better one is added behind it. What is most
common stands last, since the nearest match costs fewest bits.
"""

from __future__ import annotations

_RARE = """
"imported":true"overdue":"no answer: "presumed":["resolutions":["lifted_holds":["reservation_not_used":"
asked_again":1"returnable_until":"2026-"closed_at":"erasure":{"pseudonym":"done":true"allocation "all_or_none":
true"whole":true"raised":{"OVERSOLD":{"at":"UNROUTABLE":{"PAYMENT_LOST":{"REFUND_DUE":{"RETURN_TO_JUDGE":{"
STUCK":{"owner":""exchange":{"lines":["status":"APPLIED"REFUNDED"PENDING"REJECTED"DENIED"MANUAL"due_since":"
payment_id":"exchange-"changes":[{"change_id":"wanted":{"fewer":{"more":{"methods":{"destination":{"line1":"
change-" requested" applied" rejected"returns":[{"return_id":"R-","method":"mail"in_store","lines":[{"line_id":"
1","quantity":1,"reason":"CHANGED_MIND"DAMAGEDWRONG_ITEM"NOT_AS_DESCRIBED"ARRIVED_LATE"OTHER","policy":"
default@0"}],"verdict":"AUTHORISED","at":"content_hash":""handled":[{"line_id":"1","quantity":1,"location_id":"
S1","disposition":"PROCESSING"DESTROY"KEEP"RESTOCK","condition":"NEW"OPENED"}],"refund":"fee":"fee_taken":"
steps":["receive_now"],"resolution":"EXCHANGE"REPLACEMENT""return R- authorised"denied": 1 units received"
inspected"closed"refund  requested"refund  done"void  requested"void  done""holds":[{"hold_id":"payment","type":
"FRAUD"ADDRESS"MANUAL"PAYMENT","blocks":["RELEASE"SHIP"EDIT"ROUTE"CAPTURE"],"reason":"payment declined"
no payment given","at":"owner":"expires_at":"payment hold set"payment hold lifted"hold  placed" lifted"
cancellations":[{"request_id":"#change-#given-up-#plan-","reason":"OUT_OF_STOCK"NO_SHOW"STORE_SHORT"CHANGED","
asked":{"cancelled":{"refused":{"decided":false"cancel  requested"done"decided: 1 units stopped, 0 too late"
 given up:  units"waiting":{"1":{"backordered":1"oversold":1"unroutable":1"code":"pickup_by":"link":"status":"
READY"HANDED_OVER"IN_TRANSIT"operations":[{"kind":"reauthorise"refund"void"status":"DECLINED"code":"declined"
lapsed"tax_included":false"service":"express"method":"ship_to_store"carry_out"curbside"pickup","location_id":"
S1","discount":100,"tax":100},{"external""reservation_id":"service_desk:"associate:"customer:"ops:"channel:
marketplace"channel:pos"channel:app"currency":"USD"EUR"JPY"why":"phone":"+447700900"loyalty_number":"line2":"
region":"name":"reference":"ready":1"picked":1"packed":1"allocated":1"shipped":1"fulfilled":1},"2":{"fulfilled":
1}
"""

_USUAL = """
{"order_id":"O-","channel":"web","channel_order_id":"W-","placed_at":"2026-11-21T10:00:00Z","accepted_at":"
2026-11-21T10:00:00.000000Z","currency":"GBP","lines":[{"line_id":"1","sku":"","quantity":1,"unit_price":1000},{
"line_id":"2","sku":"","quantity":2,"unit_price":1200,"method":"pickup","location_id":"S1"}],"contact":{"email":
"@gmail.com","phone":"+44","name":""},"shipping":{"charge":399,"address":{"line1":"1 High Street","city":"
London","country":"GB","name":"","postal_code":"","geo":{"lat":53.,"lng":-1.}}},"customer_id":"C-","payments":[{
"payment_id":"initial","provider":"sandbox","amount":,"at":"2026-"content_hash":""token":"tok_ok"}],"operations"
:[{"operation_id":"O-.p1","payment_id":"initial","kind":"authorise","amount":,"at":"2026-11-21T10:00:00.000000Z"
,"status":"DONE","settled_at":"2026-11-21T10:00:00","expires_at":"2026-11-28T10:00:00..p2","payment_id":"
initial","kind":"capture","amount":,"at":"2026-,"authorisation":"O-.p1"}],"released_at":"2026-11-21T"
plan_version":1,"fulfilment":{"O-.1":{"location_id":"DC1","method":"ship","status":"DELIVERED","version":6,"
lines":{"1":{"allocated":1},"shipped":1},"fulfilled":1}},"parcels":[{"parcel_id":"P1","carrier":"","
tracking_number":""}],"at":"2026-11-2"history":[{"at":"2026-11-21T10:00:00.000000Z","what":"placed","who":"
channel:web","status":"PLACED"},{"at":"2026-11-21Tauthorise  requested","who":"channel:web"},{"at":"
2026-11-21T10:00:00.000Z","what":"authorise  done","who":"service:orders"},released to routing","who":"service:
orders"},{"at":"2026-11-21T10:00:00.000000Z","what":"customer known","who":"service:
ordersrouted by plan 1 to 1 fulfilment orders","who":"service:orders","status":"CONFIRMED"},{"at":"
2026-11-21T10:00:00.000000Z","what.1 ACKNOWLEDGED","who":"service:orders","status":"PROCESSING"},{"at":"2026-","
what":".1 PICKED","who":"service:orders"},{"at":".1 PACKED","who":"service:orders"},{"at":"2026-11-21T10:00:
00.000000Z","what":".1 SHIPPED","who":"service:orders"},{"at":"2026-capture  requested","who":"service:orders"},
{"at":"2026-11-21T10:00:00.000000Z","what":"capture  done","who":"service:orders"},.1 DELIVERED","who":"service:
orders","status":"FULFILLED"}]}
"""

FIRST = (_RARE + _USUAL).replace("\n", "").encode()

DICTIONARIES = (FIRST,)
"""In the order in which releases brought them; the last one is written with."""
