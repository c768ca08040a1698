"""How alike two words are: Jaro-Winkler (Winkler 1990), one-edit distance (Damerau 1964) and Soundex (Russell 1918)."""

from __future__ import annotations

from functools import lru_cache

_SOUNDEX = {
    letter: digit
    for digit, letters in {"1": "bfpv", "2": "cgjkqsxz", "3": "dt", "4": "l", "5": "mn", "6": "r"}.items()
    for letter in letters
}
PREFIX_BONUS = 0.1
MAX_PREFIX = 4


def one_edit_apart(one: str, other: str) -> bool:
    """Equal but for one letter put in, left out, replaced, or swapped with its neighbour."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1 or one == other:
        return False
    start = 0
    while start < len(one) and one[start] == other[start]:
        start += 1
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    if one[start + 1 :] == other[start + 1 :]:
        return True
    swapped = one[start : start + 2] == other[start : start + 2][::-1]
    return swapped and one[start + 2 :] == other[start + 2 :]


@lru_cache(maxsize=4096)
def likeness(one: str, other: str) -> float:
    """Jaro-Winkler: 1 for equal words, 0 for nothing in common."""
    if one == other:
        return 1.0
    window = max(0, max(len(one), len(other)) // 2 - 1)
    taken = [False] * len(other)
    mine = []
    for index, letter in enumerate(one):
        for place in range(max(0, index - window), min(len(other), index + window + 1)):
            if not taken[place] and other[place] == letter:
                taken[place] = True
                mine.append(letter)
                break
    if not mine:
        return 0.0
    theirs = [letter for letter, there in zip(other, taken, strict=True) if there]
    swapped = sum(a != b for a, b in zip(mine, theirs, strict=True)) / 2
    common = len(mine)
    jaro = (common / len(one) + common / len(other) + (common - swapped) / common) / 3
    prefix = 0
    for a, b in zip(one[:MAX_PREFIX], other[:MAX_PREFIX], strict=False):
        if a != b:
            break
        prefix += 1
    return jaro + prefix * PREFIX_BONUS * (1 - jaro)


@lru_cache(maxsize=4096)
def sound(word: str) -> str:
    """Soundex of a lower-case word: `smith` and `smyth` are both S530; empty for an empty word."""
    if not word:
        return ""
    code, last = word[0].upper(), _SOUNDEX.get(word[0], "")
    for letter in word[1:]:
        digit = _SOUNDEX.get(letter, "")
        if digit and digit != last:
            code += digit
        if letter not in "hw":
            last = digit
    return (code + "000")[:4]
