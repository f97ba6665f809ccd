#!/usr/bin/env python3
"""Paired timings of the checks for STEP, IFC and EXPRESS: goals P1, P2, P4 and E1, with growth and memory.

  python bench/step.py [--schema IFC4=FILE.exp] [--goals P1,P2] [--pairs 5]

All inputs are written here: an IFC4 file of 22 MB, AP214 files of 18 and 105 MB, a schema in EXPRESS of 1.7 MB. The
peers are used where they are installed: `check-express` of STEPcode on the path, ifcopenshell and OCP (cadquery-ocp)
in the interpreter that PEER_PYTHON names, else in this one. P4 needs the schema IFC4 as published (buildingSMART).
"""

import argparse
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from run import PYTHON, line, pairs, peak

HERE = Path(__file__).resolve()
PEER = os.environ.get("PEER_PYTHON", PYTHON)
MEGABYTE = 10**6
GOALS = {"P1": 0.45, "P2": 0.18, "P4": 0.10, "E1": 2.0}

HEAD = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION((''),'2;1');
FILE_NAME('bench','2024-05-06T07:08:09',(''),(''),'','','');
FILE_SCHEMA(('%s'));
ENDSEC;
DATA;
"""
FOOT = "ENDSEC;\nEND-ISO-10303-21;\n"

# One copy of a body has these instances; {0} is its first number, {1} the next one, and so on.
IFC = """#{0}=IFCCARTESIANPOINT((1.5,{n}.25,0.));
#{1}=IFCCARTESIANPOINT(({n}.,2.75,0.));
#{2}=IFCDIRECTION((0.,0.,1.));
#{3}=IFCAXIS2PLACEMENT3D(#{0},#{2},$);
#{4}=IFCLOCALPLACEMENT($,#{3});
#{5}=IFCPOLYLINE((#{0},#{1},#{0}));
#{6}=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,'Profile {n}',#{5});
#{7}=IFCEXTRUDEDAREASOLID(#{6},#{3},#{2},3.25);
#{8}=IFCPROPERTYSINGLEVALUE('LoadBearing','Does it carry loads, number {n}?',IFCBOOLEAN(.T.),$);
#{9}=IFCPROPERTYSINGLEVALUE('Width',$,IFCPOSITIVELENGTHMEASURE({n}.5),$);
#{10}=IFCPROPERTYSINGLEVALUE('Reference','It''s a \\X2\\00C4\\X0\\ text',IFCIDENTIFIER('W-{n}'),$);
#{11}=IFCPROPERTYSET('{guid}',$,'Pset_WallCommon',$,(#{8},#{9},#{10}));
"""
AP214 = """#{0}=CARTESIAN_POINT('',(1.5,{n}.25,-3.4E-2));
#{1}=CARTESIAN_POINT('',({n}.,2.75,0.));
#{2}=DIRECTION('',(0.,0.,1.));
#{3}=AXIS2_PLACEMENT_3D('',#{0},#{2},$);
#{4}=VECTOR('',#{2},1.);
#{5}=LINE('',#{1},#{4});
#{6}=VERTEX_POINT('',#{0});
#{7}=VERTEX_POINT('',#{1});
#{8}=EDGE_CURVE('',#{6},#{7},#{5},.T.);
#{9}=ORIENTED_EDGE('',*,*,#{8},.F.);
#{10}=EDGE_LOOP('Loop {n}',(#{9},#{9},#{9},#{9}));
#{11}=FACE_BOUND('',#{10},.T.);
#{12}=PLANE('',#{3});
#{13}=ADVANCED_FACE('',(#{11}),#{12},.T.);
#{14}=B_SPLINE_CURVE_WITH_KNOTS('',3,(#{0},#{1},#{0},#{1}),.UNSPECIFIED.,.F.,.F.,(4,4),(0.,1.),.UNSPECIFIED.);
#{15}=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.MILLI.,.METRE.));
"""
EXPRESS = """TYPE kind_{n} = ENUMERATION OF
  (first_kind_{n},
   second_kind_{n});
END_TYPE; -- kind_{n}

TYPE thing_{n} = SELECT
  (item_{n},
   label);
END_TYPE;

ENTITY item_{n}
  SUBTYPE OF (root_item);
  description : OPTIONAL label;
  measures    : LIST [1 : ?] OF measure;
  kind        : kind_{n};
  related     : SET [0 : ?] OF item_{n};
DERIVE
  SELF\\root_item.name : label := 'item {n}';
INVERSE
  used_by : SET [0 : ?] OF item_{n} FOR related;
UNIQUE
  UR1: description, kind;
WHERE
  WR1: SIZEOF(QUERY(it <* SELF\\item_{n}.related | NOT ('BENCH_SCHEMA.ITEM_{n}' IN TYPEOF(it)))) = 0;
  WR2: (NOT EXISTS(description)) OR (measures[1] > 0.0) AND
       (SIZEOF(QUERY(pd <* USEDIN(SELF, 'BENCH_SCHEMA.ITEM_{n}.RELATED') |
        SIZEOF(QUERY(x <* pd.related | x\\root_item.name = 'role')) = 1)) <= 1);
END_ENTITY; -- item_{n}

FUNCTION acyclic_{n}
  (relation : item_{n}; relatives : SET OF item_{n}) : LOGICAL;
LOCAL
  x     : SET OF item_{n} := [];
  count : INTEGER := 0;
END_LOCAL;
  IF relation IN relatives THEN
    RETURN (FALSE);
  END_IF;
  x := QUERY(rel <* relatives | relation IN rel\\item_{n}.related);
  REPEAT i := 1 TO HIINDEX(x);
    IF acyclic_{n}(x[i], relatives + [x[i]]) THEN
      count := count + 1;
    ELSE
      x[i].kind := first_kind_{n};
    END_IF;
  END_REPEAT;
  RETURN (TRUE);
END_FUNCTION;

"""
EXPRESS_HEAD = """SCHEMA bench_schema;
TYPE label = STRING;
END_TYPE;
TYPE measure = REAL;
END_TYPE;
ENTITY root_item
  ABSTRACT SUPERTYPE;
  name : label;
END_ENTITY;

"""


def copies(body: str, size: int) -> Iterator[str]:
    """Renumbered copies of a body, about `size` characters."""
    instances, written, number = body.count("\n"), 0, 0
    while written < size:
        names = range(instances * number + 1, instances * (number + 1) + 1)
        text = body.format(*names, n=number, guid=f"0{number:021d}")
        written += len(text)
        number += 1
        yield text


def make(path: Path, head: str, body: str, foot: str, size: int) -> Path:
    with path.open("w", encoding="ascii") as file:
        file.write(head)
        file.writelines(copies(body, size))
        file.write(foot)
    return path


# -- the stages: what is timed, each as a process of its own


def mapped(path: str) -> Any:
    import mmap

    with Path(path).open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def part21(path: str) -> None:
    from cpo_probes.exchange.part21.checker import check

    report = check(mapped(path))
    print(report.instances, report.well_formed, report.dangling)


def instances(path: str, schema: str) -> None:
    from cpo_probes.exchange.express.grammar import read
    from cpo_probes.exchange.express.slots import Model
    from cpo_probes.exchange.express.tokens import Text
    from cpo_probes.exchange.part21.checker import check
    from cpo_probes.exchange.step.instances import check as hold

    model = Model.of(read(Text(Path(schema).read_bytes())).schemas[0])
    data = mapped(path)
    print(check(data).well_formed, hold(data, model).errors[:3])


def express(path: str) -> None:
    from cpo_probes.exchange.express.grammar import read
    from cpo_probes.exchange.express.names import resolve
    from cpo_probes.exchange.express.tokens import Text

    text = Text(Path(path).read_bytes())
    found = read(text)
    print(len(found.schemas[0].declarations), [*found.errors, *resolve(text, found).errors][:3])


STAGES = {"part21": part21, "instances": instances, "express": express}
PEERS = {
    "open": "import ifcopenshell,sys; ifcopenshell.open(sys.argv[1])",
    "validate": "import ifcopenshell, ifcopenshell.validate as v, sys; "
    "v.validate(ifcopenshell.open(sys.argv[1]), v.json_logger())",
    "occt": "import sys; from OCP.STEPControl import STEPControl_Reader; STEPControl_Reader().ReadFile(sys.argv[1])",
}


def ours(stage: str, *arguments: Path | str, fast: bool = True) -> list[str]:
    return [PYTHON, str(HERE), "stage", stage if fast else f"{stage}-plain", *map(str, arguments)]


def peer(name: str, path: Path) -> list[str] | None:
    module = "OCP" if name == "occt" else "ifcopenshell"
    found = subprocess.run([PEER, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0
    return [PEER, "-c", PEERS[name], str(path)] if found else None


def timed(goal: str, what: str, command: list[str], other: list[str] | None, number: int) -> None:
    wanted = f"{GOALS[goal[:2]]}"
    if other is None:
        line(goal, what, "not run", wanted, "the peer is not installed")
        return
    ratio, note = pairs(command, other, number)
    line(goal, what, f"{ratio:.3f}", wanted, note)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schema", action="append", default=[], metavar="IFC4=FILE", help="a schema in EXPRESS")
    parser.add_argument("--goals", default="P1,P2,P4,E1", help="ids, with commas")
    parser.add_argument("--pairs", type=int, default=5, help="pairs of runs for each ratio (default: 5)")
    options = parser.parse_args()
    wanted = set(options.goals.split(","))
    schemas = {name: Path(place) for name, _, place in (item.partition("=") for item in options.schema)}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        ifc = make(folder / "bench.ifc", HEAD % "IFC4", IFC, FOOT, 22 * MEGABYTE)
        if "P1" in wanted:
            opened = peer("open", ifc)
            timed("P1", "Part 21 syntax + names, IFC 22 MB / ifcopenshell", ours("part21", ifc), opened, options.pairs)
            plain = ours("part21", ifc, fast=False)
            timed("P1-", "the same without the extra [fast]", plain, opened, min(options.pairs, 3))
        if "P2" in wanted:
            growth(folder, options.pairs)
        if "P4" in wanted and "IFC4" not in schemas:
            line("P4", "with the schema / ifcopenshell validate", "not run", "0.1", "give --schema IFC4=FILE.exp")
        elif "P4" in wanted:
            held = ours("instances", ifc, schemas["IFC4"])
            validated = peer("validate", ifc)
            timed("P4", "with the schema / ifcopenshell validate", held, validated, min(options.pairs, 3))
        if "E1" in wanted:
            source = make(folder / "bench.exp", EXPRESS_HEAD, EXPRESS, "END_SCHEMA;\n", 1_730_000)
            checker = shutil.which("check-express")
            other = [checker, str(source)] if checker else None
            timed("E1", "EXPRESS 1.7 MB / check-express", ours("express", source), other, options.pairs)
            if other is None:
                ratio, note = pairs(ours("express", source), [PYTHON, "-c", "pass"], options.pairs)
                line("E1", "  against a start of Python, for want of it", f"{ratio:.1f}", "", note)


def growth(folder: Path, number: int) -> None:
    """P2: against OCCT, and what six times the file costs in time and memory."""
    small = make(folder / "small.stp", HEAD % "AUTOMOTIVE_DESIGN", AP214, FOOT, 18 * MEGABYTE)
    large = make(folder / "large.stp", HEAD % "AUTOMOTIVE_DESIGN", AP214, FOOT, 105 * MEGABYTE)
    timed("P2", "Part 21 syntax + names, AP214 105 MB / OCCT", ours("part21", large), peer("occt", large), number)
    ratio, note = pairs(ours("part21", large), ours("part21", small), min(number, 3))
    line("P2t", "time at 105 MB / at 18 MB", f"{ratio:.2f}", "6.0", note)
    often, once = peak(ours("part21", large)), peak(ours("part21", small))
    line("P2m", "peak memory at 105 MB / at 18 MB", f"{often / once:.2f}", "1.3", f"{often:.0f} MiB / {once:.0f} MiB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["stage"]:
        name = sys.argv[2]
        if name.endswith("-plain"):
            sys.modules["re2"] = sys.modules["numpy"] = None  # type: ignore[assignment]
            importlib.invalidate_caches()
        STAGES[name.removesuffix("-plain")](*sys.argv[3:])
    else:
        main()
