"""What the API's start must not load."""

from __future__ import annotations

import subprocess
import sys


def test_the_api_makes_no_event_models_when_it_starts() -> None:
    code = "import sys, functions.orders.api; print([name for name in sys.modules if name.startswith('shared.events')])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
