"""A file's bytes to text with `\\n` line ends, as Python's own tokenizer reads them."""

from __future__ import annotations

import codecs
import io
import re
import tokenize


class UnreadableError(Exception):
    """A file that can't be decoded or parsed: one line that says why, and where (1-based)."""

    def __init__(self, message: str, row: int = 1, col: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.row = row
        self.col = col


def decode(source: bytes) -> str:
    """The text of a source file, by its BOM or coding line, else UTF-8.

    Raises UnreadableError for an unknown coding, undecodable bytes or NUL bytes.
    """
    if b"\0" in source:
        raise UnreadableError("contains NUL bytes", source[: source.index(b"\0")].count(b"\n") + 1)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        text = codecs.decode(source, encoding)
    except (SyntaxError, LookupError) as error:
        raise UnreadableError(f"cannot be decoded: {error}") from None
    except UnicodeDecodeError as error:
        row = source[: error.start].count(b"\n") + 1
        raise UnreadableError(f"cannot be decoded as {error.encoding}: {error.reason}", row) from None
    except (TypeError, ValueError) as error:  # a codec from text to text, like rot13
        raise UnreadableError(f"cannot be decoded: {error}") from None
    if not isinstance(text, str):
        raise UnreadableError(f"cannot be decoded as {encoding}: not a text encoding")
    if "\r" in text:
        text = re.sub("\r\n?", "\n", text)
    return text.removeprefix("\ufeff")
