"""An endpoint on this computer that speaks as much of Stripe's wire format as the adapter uses.

Form-encoded requests, JSON answers and errors, idempotency keys: written after https://docs.stripe.com/api. Payment
methods by name: `pm_card_visa`; `pm_card_chargeDeclined...`; `pm_card_once` (declined off session); `pm_card_parts`
(may be captured in parts).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Answer = tuple[int, dict[str, Any]]
DECLINES = {
    "pm_card_chargeDeclined": ("card_declined", "generic_decline"),
    "pm_card_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "pm_card_authenticationRequired": ("authentication_required", "authentication_required"),
}


@dataclass
class StripeServer:
    """The state. `failing` is what happens to the next requests: `lost` (nothing done, connection dropped), `silent`
    (done, connection dropped), `error` (500, nothing done), `limited` (429), `busy` (409: the key is in use)."""

    url: str = ""
    key: str = "sk_test_local"
    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, tuple[str, Answer]] = field(default_factory=dict)
    failing: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, form: dict[str, str], key: str | None) -> Answer:
        """What Stripe says; the same key says the same again."""
        if method == "GET":
            return 200, self.intents[path.rpartition("/")[2]]
        content = json.dumps([path, form])
        if key and key in self.answers:
            known, said = self.answers[key]
            if known != content:
                return _error(400, "idempotency_error", None, "Keys can only be used with the same parameters")
            return said
        said = self._act(path.removeprefix("/v1/").split("/"), form)
        if key:
            self.answers[key] = content, said
        return said

    def _act(self, path: list[str], form: dict[str, str]) -> Answer:
        match path:
            case ["customers"]:
                return 200, {"id": f"cus_{len(self.answers)}", "object": "customer"}
            case ["payment_intents"]:
                return self._create(form)
            case ["payment_intents", name, "capture"]:
                return self._capture(self.intents[name], form)
            case ["payment_intents", name, "cancel"]:
                return self._cancel(self.intents[name])
            case ["refunds"]:
                return self._refund(self.intents[form["payment_intent"]], int(form["amount"]))
        return _error(404, "invalid_request_error", "resource_missing", "no such thing")

    def _create(self, form: dict[str, str]) -> Answer:
        method = form["payment_method"]
        if method in DECLINES or (method == "pm_card_once" and form.get("off_session") == "true"):
            code, decline = DECLINES.get(method, ("card_declined", "do_not_honor"))
            return _error(402, "card_error", code, "declined", decline_code=decline)
        name = f"pi_{len(self.intents) + 1}"
        parts = {"multicapture": {"status": "available" if method == "pm_card_parts" else "unavailable"}}
        card = {"capture_before": 1_900_000_000, **parts}
        self.intents[name] = {
            "id": name,
            "object": "payment_intent",
            "amount": int(form["amount"]),
            "amount_received": 0,
            "currency": form["currency"],
            "customer": form["customer"],
            "payment_method": method,
            "status": "requires_capture",
            "created": 1_800_000_000,
            "latest_charge": {"id": "ch_1", "object": "charge", "payment_method_details": {"card": card}},
        }
        return 200, dict(self.intents[name])

    def _capture(self, intent: dict[str, Any], form: dict[str, str]) -> Answer:
        if intent["status"] != "requires_capture":
            return _error(400, "invalid_request_error", "payment_intent_unexpected_state", "cannot be captured")
        amount = int(form["amount_to_capture"])
        if intent["amount_received"] + amount > intent["amount"]:
            return _error(400, "invalid_request_error", "amount_too_large", "more than is authorised")
        intent["amount_received"] += amount
        if form.get("final_capture") != "false" or intent["amount_received"] == intent["amount"]:
            intent["status"] = "succeeded"
        return 200, dict(intent)

    def _cancel(self, intent: dict[str, Any]) -> Answer:
        if intent["status"] != "requires_capture" or intent["amount_received"]:
            return _error(400, "invalid_request_error", "payment_intent_unexpected_state", "cannot be canceled")
        intent["status"] = "canceled"
        return 200, dict(intent)

    def _refund(self, intent: dict[str, Any], amount: int) -> Answer:
        given = sum(one["amount"] for one in self.refunds if one["payment_intent"] == intent["id"])
        if given + amount > intent["amount_received"]:
            return _error(400, "invalid_request_error", "charge_already_refunded", "more than was captured")
        self.refunds.append({"id": f"re_{len(self.refunds)}", "object": "refund", "amount": amount,
                             "payment_intent": intent["id"], "status": "succeeded"})  # fmt: skip
        return 200, self.refunds[-1]


def _error(status: int, kind: str, code: str | None, message: str, **more: Any) -> Answer:
    return status, {"error": {"type": kind, "message": message, **({"code": code} if code else {}), **more}}


@contextmanager
def running() -> Iterator[StripeServer]:
    """The server on a free port of the loopback interface."""
    state = StripeServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve("GET")

        def do_POST(self) -> None:
            self._serve("POST")

        def _serve(self, method: str) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()))
            path = urlsplit(self.path).path
            state.asked.append(f"{method} {path}")
            if self.headers.get("Authorization") != f"Bearer {state.key}":
                return self._send(401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key"}})
            failing = state.failing.pop(0) if state.failing else ""
            if failing in ("error", "limited", "busy"):
                status = {"error": 500, "limited": 429, "busy": 409}[failing]
                kind = "idempotency_error" if failing == "busy" else "api_error"
                return self._send(status, {"error": {"type": kind, "message": failing}})
            if failing != "lost":
                status, body = state.answer(method, path, form, self.headers.get("Idempotency-Key"))
            if failing in ("lost", "silent"):
                self.close_connection = True
                return None
            return self._send(status, body)

        def _send(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
