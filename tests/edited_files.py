"""Files of a review with words exchanged, for tests of what the loader says of them."""

from __future__ import annotations


def edited(files: dict[str, bytes], name: str, *pairs: tuple[str, str]) -> dict[str, bytes]:
    """Return the files with the first of each old text replaced, which must be there."""
    text = files[name].decode()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return {**files, name: text.encode()}
