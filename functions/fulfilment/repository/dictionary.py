"""What stored demands, decisions and fulfilment orders have in common, so that those of a few lines stay small: a
demand and the record of its first plan share one write unit, and so do a fulfilment order and its keys.

A dictionary that rows were written with is never changed or removed: a better one is added behind it. What is most
common stands last, since the nearest match costs fewest bits.
"""

from __future__ import annotations

_RARE = """
"status":"AWAITING_RESERVATION"EXPECTED","reservation_id":"reservation_answered":true,"pins":["paid_by_channel":true
,"requests":[{"request_id":"cancellations":[{"request_id":"#lost-"#exchange-"cancelled":[["1",1]],"refused":[]
,"withdrawn":[[1,[{"line_id":"1","sku":"told_again":1,"all_or_none":true,"changes":["holds":["payment"],"
holds_version":2,"move":{"plan":{"version":2,"replaces":["moves":1,"tried":[{"sku":"promised_by":"retry_at":"terms":"
offer":{"number":1,"lines":[["1","options":[{"option_id":"wait","choice":"collect"cancel"default":"expires_at":"
chosen":"link":"waits":["ITEM#PLACE#QUEUE"],"seen":{"refusals":1,"told":["given_up":["confirm":true,"waiting":1,"
outcome":"QUEUED"OVERSOLD"UNROUTABLE"OFFERED"OUT_OF_STOCK"BACKORDERED","ask":false}],"unfilled":[{"out_of_stock":1
,"offered":1,"asked":1,"patient":true,"acknowledge_minutes":60},"not_before":"destination_id":"traits":{"categories":[
"trigger":"changed"continued"refused"stock_changed"place_changed"asked_again"time"collections":[{"line_id":"1","
location_id":"S1","quantity":1,"placed":1,"reason":"profile":{"profile_id":"version":1,"stage":"ACTIVE"},"shadows":[{"
profile":{"SHADOW"},"price_version":1,"kind":"lateness"preference"handling"stock_price"reject_risk"unfilled","amount":
,"breaks":["max_parcels"excluded":[{"location_id":"S1","reason":"NOT_IN_POOL"METHOD_OFF"PAUSED"CAPACITY_FULL"
PAST_CUTOFF"PROMISE_MISS"TOO_FAR"ATTRIBUTE"ALREADY_TRIED"EXCLUDED"},{"location_id":"S2","reason":"NO_STOCK"}],"
excluded_by_reason":{"NO_STOCK":1},"cancel_penalty":,"value":,"complete":false,"capacity_left":,"unit_price":{"
lateness":,"unit_risk":,"handicap":,"days_waiting":1,"days_late":1,"kinds":{"S1":"store"supplier"},"category":"
backorderable":true},"region":"service":"express"method":"ship_to_store"curbside"pickup"],"SCHEDULED"ON_HOLD"IN_TRANSIT
"RECEIVED"READY"ARRIVED"HANDED_OVER"NO_SHOW"RESHELVED"TO_RESHELVE"REROUTED"REJECTED"CANCELLED"SHORT"pickup":{"code":"
pickup_by":"bay":"vehicle":"shortfalls":[{"number":1,"reason":"NOT_FOUND"DAMAGED"TOO_BUSY"STORE_CLOSED"OTHER","
pause_until":"claim":{"by":"until":"alarms":["wave_id":"W-"manifest_id":"M-"opens_at":"held_from":"weight_grams":,"
label":{"tracking_number":"service":"standard","amount":,"country":"GB"},"tracking":[{"event_id":"status":"in_transit
"out_for_delivery"delivered","at":"2026-short":1,"handed":1
"""

_USUAL = """
{"order_id":"O-","plan_version":1,"at":"2026-11-21T10:00:00.000000Z","trigger":"released","shares":[{"line_id":"0","
sku":"SKU","location_id":"DC1","quantity":1},{"line_id":"1","sku":"","location_id":"DC1","quantity":1}],"missing":[],"
routing":{"assignments":[],"unfilled":[],"total":,"terms":[{"kind":"parcel","amount":390,"location_id":"DC1"},{"kind":"
weight","amount":,"location_id":"DC1"}],"lower_bound":,"proven_optimal":true,"alternatives":[{"kind":"best_single","
location_ids":["DC1"],"total":,"difference":0,"unfilled_units":0},{"kind":"nearest","location_ids":["DC1"],"total":,"
difference":0,"unfilled_units":0}],"considered":[{"location_id":"DC1","units":1,"alone_total":,"distance_km":1},{"
location_id":"S1","units":0,"alone_total":,"distance_km":}],"excluded":[],"nodes":1},"places_considered":1,"seen":{"
wants":[{"line_id":"1","sku":"","quantity":1,"weight_grams":300},{"line_id":"2","sku":"","quantity":1,"weight_grams":
}],"choices":[{"location_id":"DC1","fixed_cost":390,"cost_per_kg":45,"unit_cost":0,"stock":{"":10},"distance_km":}],"
kinds":{"DC1":"dc"},"items":{"":{"sku":""},"":{"sku":""}},"asker":{"order_id":"O-","channel":"web","service":"
standard","country":"GB","methods":["ship"],"traits":{}}},"rate_card":"built-in.v1","slots":[{"key":["DC1","ship","",""
],"departure":{"day":"2026-11-21","ship_by":"2026-11-21T23:59:00Z","delivered_by":"2026-11-23T23:59:00Z"}}],"postage":
[{"location_id":"DC1","weight_grams":,"amount":}]}
{"fulfilment_order_id":"O-.1","order_id":"O-","location_id":"DC1","method":"ship","plan_version":1,"opened_at":"
2026-11-21T10:00:00.000000Z","lines":[{"line_id":"1","sku":"","quantity":1},{"line_id":"2","sku":"","quantity":1}],"
status":"ACKNOWLEDGED","last_request":"","version":1,"deadlines":{"acknowledge_by":"2026-11-21T11:00:00.000000Z","
due_by":"2026-11-21T23:59:00Z"},"departure":{"day":"2026-11-21","ship_by":"2026-11-21T23:59:00Z","delivered_by":"
2026-11-23T23:59:00Z"}}"quantity":1,"picked":1},{"line_id":"],"status":"DELIVERED","parcels":[{"parcel_id":"P1","lines
":[{"line_id":"1","quantity":1},{"line_id":"2","quantity":1}],"carrier":"","tracking_number":""}],"last_request":"","
version":6,"times":{"ACKNOWLEDGED":"2026-11-21T10:00:00.000000Z","PICKED":"2026-11-21T10:00:00.000000Z","PACKED":"
2026-11-21T10:00:00.000000Z","SHIPPED":"2026-11-21T10:00:00.000000Z","DELIVERED":"2026-11-21T10:00:00.000000Z"},
{"order_id":"O-","status":"SETTLED","version":2,"channel":"web","placed_at":"2026-11-21T10:00:00.000Z","service":"
express","destination":{"country":"GB","geo":{"lat":53.,"lng":-1.},"postal_district":""},"lines":[{"line_id":"0","sku
":"SKU","quantity":1,"method":"ship","placed":1},{"line_id":"1","sku":"","quantity":1,"method":"ship","placed":1},{"
line_id":"2","sku":"","quantity":1,"method":"ship"}],"plan":{"version":1,"shares":[{"line_id":"1","sku":"","location_id
":"DC1","quantity":1}],"slots":[{"key":["DC1","ship","",""],"departure":{"day":"2026-11-21","ship_by":"
2026-11-21T23:59:00Z","delivered_by":"2026-11-23T23:59:00Z"}}]},"status":"ALLOCATING","version":1,"plan_version":1,"
traits":{},"routed":{"plan_version":1,"opened":[{"fulfilment_order_id":"O-.1","location_id":"DC1","method":"ship","
lines":[["0",1],["1",1]],"departure":{"day":"2026-11-21","ship_by":"2026-11-21T23:59:00Z","delivered_by":"
2026-11-23T23:59:00Z"}}]},"opened":1,"traits":{},"held":[{"key":["DC1","ship","",""],"departure":{"day":"2026-11-21","
ship_by":"2026-11-21T23:59:00Z","delivered_by":"2026-11-23T23:59:00Z"}}]}
"""

FIRST = (_RARE + _USUAL).replace("\n", "").encode()

DICTIONARIES = (FIRST,)
"""In the order in which releases brought them; the last one is written with."""
