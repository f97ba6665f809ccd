"""Comments in sources of the family of C: taken out, or read as the description of what follows them."""

_COMMENT_LINES = 200  # of a comment that is looked at


def without_remarks(text: str) -> str:
    """A source of the family of C with its comments blank; lines stay where they are. Linear in any text."""
    parts: list[str] = []
    places = {sign: text.find(sign) for sign in ('"', "//", "/*")}
    at = done = unclosed = 0
    while True:
        for sign, place in places.items():
            if 0 <= place < at:
                places[sign] = text.find(sign, at)
        start, sign = min(((place, sign) for sign, place in places.items() if place >= 0), default=(-1, ""))
        if start < 0:
            return "".join([*parts, text[done:]])
        match sign:
            case '"':
                at = start + 1
                if start >= unclosed:
                    end = _string_end(text, start)
                    at, unclosed = (end, unclosed) if end else (at, _line_end(text, start))  # '"' begins none there
                continue
            case "//":
                at = _line_end(text, start)
            case _:
                closed = text.find("*/", start + 2)
                at = len(text) if closed < 0 else closed + 2
        parts += [text[done:start], "\n" * text.count("\n", start, at)]
        done = at


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _string_end(text: str, start: int) -> int:
    """Behind the quote that closes a string on its line; 0 where none does."""
    at = start + 1
    while at < len(text):
        match text[at]:
            case '"':
                return at + 1
            case "\n":
                return 0
            case "\\":
                at += 2 if text[at + 1 : at + 2] != "\n" else 1
            case _:
                at += 1
    return 0


def comment_above(lines: list[str], line: int) -> str:
    """The documentation comment that ends right above a line: `/** … */`, without its tags."""
    last = line - 1
    while last >= 0 and not lines[last].strip():
        last -= 1
    if last < 0 or not lines[last].rstrip().endswith("*/"):
        return ""
    for first in range(last, max(-1, last - _COMMENT_LINES), -1):
        if lines[first].lstrip().startswith("/**"):
            said = (each.strip().strip("/*").strip() for each in lines[first : last + 1])
            return " ".join(each for each in said if not each.startswith("@"))
        if "/*" in lines[first]:
            return ""
    return ""
