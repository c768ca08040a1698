"""Normal forms of e-mail addresses and phone numbers.

The rules are those of two libraries, which are read when the first address or number comes: they take longer to load
than everything else here, and most invocations meet neither.
"""

from __future__ import annotations

from functools import lru_cache

MAX_PHONE_TEXT = 250
"""What the library reads at all."""
_REMEMBERED = 1024


@lru_cache(maxsize=_REMEMBERED)
def normalised_email(text: str) -> str | None:
    """The address in lower case, its domain in Unicode; None when nobody could be written to under it.

    Syntax only (RFC 5321, 6531, IDNA 2008, names reserved by RFC 6761): no name server is asked.
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(text.strip().lower(), check_deliverability=False)
    except EmailNotValidError:
        return None
    return found.normalized.lower()


@lru_cache(maxsize=_REMEMBERED)
def normalised_phone(text: str, *countries: str) -> str | None:
    """E.164 without an extension; None for what cannot be a number anywhere.

    A number without a country code is read as one of the first of the `countries` (ISO 3166 codes) where its length is
    possible: without any, the same digits exist in many places. Whether a number is in use is not asked, for ranges are
    opened faster than tables of them are shipped.
    """
    import phonenumbers

    if len(text) > MAX_PHONE_TEXT:
        return None
    for country in (*countries, None):
        try:
            number = phonenumbers.parse(text, country or None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE:
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None
