"""Java sources: which types they declare, and what their comments say."""

from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe.java_source import JavaType, read_java
from cpo_scan.probe.javadoc import Described

SOURCE = """/* licence */
package org.acme.api;

import java.util.Map;

/**
 * Reads drawings from files.
 *
 * @author somebody
 */
@Deprecated(since = "1;{")
public abstract class Reader<T extends Map<String, T>> implements AutoCloseable {
    /** The largest drawing in bytes. */
    public static final int LIMIT = 3, LEAST = 1;
    private final int[] sizes = {1, 2};
    /** Opens a drawing by its path. */
    public Reader(String path, Map<String, Integer> options) { if (x) { "}".length(); } }

    /** Tells how far it is.
     *  @return a share */
    @Override public double progress() { return 0; }
    /** Not for the next one. */
    // said nothing
    ;
    public void close();
    /** {@inheritDoc} */
    void quiet() { /** inside */ int y; }

    /** What it found out. */
    public enum State {
        /** Nothing was read. */ NEW, @Deprecated OLD("a", 1) { void x() {} }, /** All was read. */ DONE;
        /** Says whether it is the end. */
        boolean last() { return true; } }
    /** Called for each part. */
    @interface Marked { /** How often it is. */ int value() default 1; }
}
"""


def test_comments_describe_types_and_members() -> None:
    reader, state, marked = read_java(SOURCE)
    assert (reader.name, reader.doc) == ("org.acme.api.Reader", "Reads drawings from files.")
    assert {(each.name, each.parameters): each.doc for each in reader.members} == {
        ("LIMIT", -1): "The largest drawing in bytes.",
        ("<init>", 2): "Opens a drawing by its path.",
        ("progress", 0): "Tells how far it is.",
        ("quiet", 0): "{@inheritDoc}",
    }
    assert state == JavaType(
        "org.acme.api.Reader.State",
        "What it found out.",
        (
            Described("NEW", -1, "Nothing was read."),
            Described("DONE", -1, "All was read."),
            Described("last", 0, "Says whether it is the end."),
        ),
    )
    assert marked.members == (Described("value", 0, "How often it is."),)


def test_records_and_interfaces_are_types_too() -> None:
    source = (
        "/** A place. */ public record Place(int x, int y) { }\ninterface Shape { /** Its size. */ double size(); }"
    )
    place, shape = read_java(source)
    assert (place.name, place.doc) == ("Place", "A place.")
    assert shape.members == (Described("size", 0, "Its size."),)


@given(st.text(alphabet='/*"{}();@ \nclassenum=,<>', max_size=200))
def test_any_text_is_read(text: str) -> None:
    read_java(text)
