"""Reads Code 128 from its modules, by the widths of ISO/IEC 15417 (table 1): independent of whoever drew it."""

from __future__ import annotations

import re
from itertools import groupby

_WIDTHS = re.findall(
    r"\d+",
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 "
    "123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 "
    "232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 "
    "313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 "
    "111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 "
    "111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 "
    "114311 411113 411311 113141 114131 311141 411131 211412 211214 211232",
)
_STOP = "2331112"
_TO_C, _TO_B, _START_B, _START_C = 99, 100, 104, 105


def read_code128(modules: str) -> str:
    """The content of a symbol of sets B and C ("1": a bar, one character per module). Fails on a wrong check digit."""
    widths = "".join(str(len(list(run))) for _, run in groupby(modules))
    assert widths.endswith(_STOP), "no stop character"
    rest = widths[: -len(_STOP)]
    values = [_WIDTHS.index(rest[at : at + 6]) for at in range(0, len(rest), 6)]
    start, *data, check = values
    assert (start + sum(at * value for at, value in enumerate(data, start=1))) % 103 == check, "wrong check character"
    digits = {_START_B: False, _START_C: True}[start]
    text = ""
    for value in data:
        if value == (_TO_B if digits else _TO_C):
            digits = not digits
        else:
            text += f"{value:02d}" if digits else chr(value + 32)
    return text
