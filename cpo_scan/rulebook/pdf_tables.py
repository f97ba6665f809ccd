"""Tables of PDF documents that a user gives, by pdfplumber, in a process of its own: a document can't take the program
along, by its time or by its memory."""

import multiprocessing
from importlib.util import find_spec
from multiprocessing.connection import Connection

from cpo_scan.rulebook.load import RuleError

_PAGES = 200
_ROWS = 10_000
_SECONDS = 120  # a safety net: two hundred pages of tables take about twenty
_MEMORY = 2 * 2**30  # bytes, where the system can limit them

Table = tuple[int, list[list[str]]]
"""A table and the page that it stands on, from 1."""


def pdf_tables(name: str, content: bytes) -> list[Table]:
    """The tables of a document whose cells have lines around them, page by page. Raises RuleError."""
    if find_spec("pdfplumber") is None:
        raise RuleError(f"{name}: needs pdfplumber: pip install 'cpo-scan[statements]'")
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    reader = context.Process(target=_read, args=(theirs, content), daemon=True)
    reader.start()
    theirs.close()
    try:
        answer = ours.recv() if ours.poll(_SECONDS) else "takes too long to be read"
    except EOFError:
        answer = "can't be read: it took the process that read it along"
    finally:
        reader.kill()
        reader.join()
        ours.close()
    if isinstance(answer, str):
        raise RuleError(f"{name}: {answer}; save the statement as DOCX, XLSX, CSV or YAML")
    found: list[Table] = answer
    return found


def _read(pipe: Connection, content: bytes) -> None:
    """In the other process: sends the tables, or in words what is wrong."""
    import logging

    logging.disable(logging.CRITICAL)  # what the library thinks of a document is no message to our user
    _limit_memory()
    try:
        pipe.send(tables_of(content))
    except Exception as error:  # the libraries' own errors are of many types
        pipe.send(f"no PDF that can be read: {type(error).__name__}")


def tables_of(content: bytes) -> list[Table] | str:
    """The tables, or in words what is too much."""
    import io

    import pdfplumber

    found: list[Table] = []
    rows = 0
    with pdfplumber.open(io.BytesIO(content)) as document:
        if len(document.pages) > _PAGES:
            return f"has more than {_PAGES} pages"
        for number, page in enumerate(document.pages, 1):
            for table in page.extract_tables():
                found.append((number, [[cell or "" for cell in row] for row in table]))
                rows += len(table)
                if rows > _ROWS:
                    return f"has more than {_ROWS} rows in tables"
            page.close()  # lets go of what was kept of the page
    return found


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # there is none on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
