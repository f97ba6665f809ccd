"""The worksheet of a sample: written to be filled in, and read again, held against what the seed draws."""

from collections.abc import Iterator

from cpo_scan.layers.sampling import KINDS, MOST, Element, Population, Sample, draw, interval
from cpo_scan.layers.source import read_bytes
from cpo_scan.rulebook.load import RuleError
from cpo_scan.rulebook.tables import read_rows

COLUMNS = ("of", "seed", "drawn", "finding", "number", "in all", "name", "artifact", "rating", "remark")
_NEEDED = (*COLUMNS[:5], "rating")
_SEED = "seed "  # before the seed, so that no spreadsheet program makes a date or a number of it
_RATINGS = {"yes": True, "ja": True, "y": True, "j": True, "no": False, "nein": False, "n": False}


def worksheet(population: Population, seed: str, elements: tuple[Element, ...]) -> Iterator[list[str]]:
    """The rows to be rated: yes or no in the column `rating`."""
    for one in elements:
        stratum = one.stratum
        yield [
            population.of, f"{_SEED}{seed}", str(len(elements)), stratum.finding, str(one.number), str(stratum.size),
            stratum.name, stratum.artifact, "", "",
        ]  # fmt: skip


def read_sort(name: str) -> str:
    """What a worksheet is a sample of. Raises RuleError."""
    return _rows(name)[0][1]["of"]


def read_ratings(name: str, population: Population) -> Sample:
    """The sample that a worksheet holds. Raises RuleError with file and line: where a row is not one that the seed
    draws from this population, where one is missing, and where a rating is."""
    rows = _rows(name)
    first = rows[0][1]
    seed = first["seed"].removeprefix(_SEED)
    if first["drawn"] != str(len(rows)):
        raise RuleError(f"{name}: {first['drawn'][:20]} were drawn and {len(rows)} rows stand here: all are expected")
    drawn = {(one.stratum.finding, str(one.number)) for one in draw(population, seed, len(rows))}
    positive = 0
    for line, row in rows:
        if any(row[column] != first[column] for column in ("of", "seed", "drawn")):
            raise RuleError(f"{name}:{line}: another seed or sort than in the rows above; one sample is expected")
        key = (row["finding"], row["number"])
        if key not in drawn:
            raise RuleError(
                f"{name}:{line}: the seed {seed!r} does not draw this from the report, or it stands here twice; all"
                " rows of the worksheet and its report are expected, unchanged"
            )
        drawn.remove(key)
        rating = _RATINGS.get(row["rating"].lower())
        if rating is None:
            raise RuleError(f"{name}:{line}: {row['rating'][:40]!r} is no rating: yes or no is expected")
        positive += rating
    return Sample(
        of=first["of"],
        seed=seed,
        population=population.size,
        rated=len(rows),
        positive=positive,
        interval=interval(positive, len(rows), population.size),
    )


def _rows(name: str) -> list[tuple[int, dict[str, str]]]:
    rows = read_rows(name, read_bytes(name))
    line, head = next(rows, (1, []))
    names = [cell.strip().lower() for cell in head]
    if missing := [column for column in _NEEDED if column not in names]:
        raise RuleError(f"{name}:{line}: no column {missing[0]!r}: the worksheet of a sample is expected")
    found = []
    for line, cells in rows:
        if any(cell.strip() for cell in cells):
            # a spreadsheet program may have put an apostrophe before, or made a number of what was text
            row = {column: cells[at].strip().removeprefix("'") for at, column in enumerate(names) if at < len(cells)}
            found.append((line, {column: row.get(column, "") for column in COLUMNS}))
    if not found:
        raise RuleError(f"{name}:{line}: no row stands below the first line")
    if len(found) > MOST:
        raise RuleError(f"{name}: more than {MOST} rows")
    if found[0][1]["of"] not in KINDS:
        raise RuleError(f"{name}:{found[0][0]}: {found[0][1]['of'][:40]!r}: {', '.join(KINDS)} is expected")
    return found
