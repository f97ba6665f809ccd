"""TypeScript declarations: what is exported, and what describes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe.typescript_names import Declarations, read_declarations

MODULE = """
import { Other } from "./other";
/** A part with its shape and mass. */
export interface Part<T = { a: string }> extends Base<T> {
    /** What the part is called. */
    readonly name?: string;
    open(name: string, then: (error: Error) => void): Promise<{ a: number; b: string }>;
    open(name: number): void
    mass: number, volume: number;
    [key: string]: unknown;
    (call: string): void;
    "quoted": string;
    kind: "a" |
        "b";
    other:
        | string
        | number
    last(): void;
}
// Makes a part.
export declare function make(name: string, options?: { deep: boolean }): Part;
export declare class Shape {
    private secret;
    protected half: number;
    #hidden: string;
    _own: string;
    constructor(a: string);
    static get area(): number;
}
export declare const LIMIT: number;
export type Kind = { [key in Names]: Part[key] } & {
    more: string;
};
export declare enum Color { Red, Green }
interface Kept { a: string; }
declare function listed(): void;
export { listed, Other as Renamed };
export declare namespace tools {
    function run(): void;
    /** Of the namespace. */
    interface Tool { use(): void; }
}
"""


def names(text: str) -> list[str]:
    return [found.name for found in read_declarations(text).symbols]


def test_what_a_module_exports_is_for_others() -> None:
    assert names(MODULE) == [
        "Part", "Part.name", "Part.open", "Part.open", "Part.mass", "Part.volume", "Part.kind", "Part.other",
        "Part.last", "make", "Shape", "Shape.half", "Shape.constructor", "Shape.area", "LIMIT", "Kind", "Color",
        "listed", "tools.run", "tools.Tool", "tools.Tool.use",
    ]  # fmt: skip
    assert not read_declarations(MODULE).broken


def test_a_comment_right_before_describes() -> None:
    said = {found.name: found.doc for found in read_declarations(MODULE).symbols}
    assert said["Part"] == "A part with its shape and mass."
    assert said["Part.name"] == "What the part is called."
    assert said["make"] == "Makes a part."
    assert said["tools.Tool"] == "Of the namespace."
    assert said["LIMIT"] == ""


def test_a_module_that_is_declared_as_a_whole_offers_all_of_it() -> None:
    text = "declare module 'acme' {\n  export const version: string;\n  interface A { f(): void }\n}\n"
    text += "interface Global { x: 1 }\n"
    assert names(text) == ["version", "A", "A.f", "Global", "Global.x"]


def test_brackets_that_do_not_fit_are_counted() -> None:
    assert read_declarations("export interface A { f(): void;").broken
    assert read_declarations("} export const a: 1;").broken


@given(st.text(alphabet="{}()<>[];:,=>|&/*\"'`\n abexport", max_size=150))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(read_declarations(text), Declarations)


@pytest.mark.parametrize(
    "part",
    ["{", "(", "<", "}", "/*", "`", "\n", "a\n", "export interface A {", "namespace a {", "a:|\n", "export {", "=>"],
)
def test_a_hundred_thousand_of_anything_take_no_time_to_speak_of(part: str) -> None:
    assert isinstance(read_declarations(part * 100_000), Declarations)
