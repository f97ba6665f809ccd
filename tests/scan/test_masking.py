"""Secrets in excerpts are masked, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.scan.masking import MASK, mask


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("password: hunter22secret", f"password: {MASK}"),
        ('"api_key": "abcd1234efgh"', f'"api_key": {MASK}'),
        ("db.password=s3cr3t-value", f"db.password={MASK}"),
        ("Authorization: Bearer abc.def.ghi123", f"Authorization: Bearer {MASK}"),
        ("postgres://user:pa55word@db/plm", f"postgres://{MASK}@db/plm"),
        ("AKIAABCDEFGHIJKLMNOP", MASK),
        ("x -----BEGIN RSA PRIVATE KEY----- MIIE", f"x {MASK}"),
    ],
)
def test_a_secret_is_masked_and_its_name_stays(text: str, shown: str) -> None:
    assert mask(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "password: {type: string}",
        "token: $ref",
        "the password is asked for",
        "tokens: 5",
        "ISO-10303-21;",
        "apiKey: []",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text) == text


@given(st.text(max_size=240))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)
