"""Texts that compiled Java classes give to constructors; the class was made by a compiler."""

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe import Unreadable
from cpo_scan.probe.bytecode import Built, read_code

FILTER = "javax/swing/filechooser/FileNameExtensionFilter"
SOURCE = """
import javax.swing.*; import javax.swing.filechooser.*;
public class Dialogs {
  int x(int a){ switch(a){ case 1: return 2; case 2: return 3; case 3: return 5; default: return 0; } }
  int y(int a){ switch(a){ case 1: return 2; case 20000: return 3; default: return a * 100000 + (int) 3L; } }
  void open(boolean deep){ JFileChooser c = new JFileChooser(new java.io.File("a.dxf"));
    c.addChoosableFileFilter(new FileNameExtensionFilter("STEP files", deep ? "stp" : "p21", "step"));
    c.setFileFilter(new FileNameExtensionFilter(new StringBuilder("IGES").append(" files").toString(), "igs"));
    c.showOpenDialog(null); }
}
"""
# javac -g:none --release 8, packed
CLASS = zlib.decompress(
    base64.b85decode(
        "c-"
        "nPT+fvg|6kVG(O^o3du38XKv@HS^yjv8d6fDEVnKC%l7Xu9tEKP<)sXyR9_~x54+818h89Mp_ew4UR(g80elXK}=>#V)k&N==0>-"
        "YzNJ6KZDf{=``1_=>D$DZ-tNEVIKPI7H?&)o6|kr}IGc~1zTcw!?2`uJJK1wy}ImXq$G#oVO@t7xWoZQC^uWLzX@zK&%l1)!jnAQ"
        "_W|^0o>U?IKnOp(nn47A@x;uuv+op+bQ!7+r+U2BV?FsEi&$^3TxQ3~U9FebTD2Z)VD#S#mAA#0#EzprDVS=GHSWh6US|ap^CoL2"
        "Lz4_UL+!f<c}*(^CqD2w~SV9TnXe5lLMo#G9o3`aCD28m{98q1PxB{Q4N1MN_01WJZVuYUjBLXuk0{q3_=)bMLHTK^Pq4M6-"
        "*ToQfFQ6-@AF3%rVjq=s9V;w8gz%u<0c(X8^z=ZL3-#BGfa%Uy!v*#SuCj{m<UrQkl-"
        "&f0N>`G*=F3G=P4>7AJo$c%=^;3L)M?%IcIoYcH!6m1smYh-"
        "2|ddalC@7N`?<fRf>8BYmvz;fAZ+Af#`D)Tg+O=LMn&NH^&t{Bd`s4znx7_wPeFkXrJF{!J`cftr}`3{ID3=+41`)B;ClSkrF8mo"
        "bh5Il28H{cl_#kSGtS05SSCg>q<QEr3WhNMcQqEtc^ADibsg75&5;AKvgp0JKkibcQqN<-"
        "XQ8fvVxIxN(LQdF0BBX7>cB!mWhtpzMLw2ryBA_JoiC0~b{*R>kjYUo@UucJG!_e$T<pASVpLD4UNfus-Q@?rf-"
        "u7=?%uKAogVtGAL!%cm>ipeUb!~PciUO;*<PF18{9-U^fh?WyRA^ayYOEQO-x#KI$uZ(^f&-tYj=AIIiCIp@VzXAQ$_x%"
    )
)


def test_arguments_of_constructors_are_told_with_the_calls_of_the_class() -> None:
    """Switches, wide jumps and objects inside of arguments are stepped over."""
    code = read_code(CLASS, frozenset({FILTER, "java/io/File"}))
    assert code.built == (
        Built("java/io/File", ("a.dxf",), "open"),
        Built(FILTER, ("STEP files", "stp", "p21", "step"), "open"),
        Built(FILTER, (" files", "igs"), "open"),
    )
    assert {"showOpenDialog", "setFileFilter"} <= code.called
    assert "showSaveDialog" not in code.called


def test_classes_that_nobody_asks_for_are_left_out() -> None:
    assert read_code(CLASS, frozenset({"org/acme/Other"})).built == ()


@pytest.mark.parametrize("data", [b"", b"PK", b"\xca\xfe\xba\xbe", CLASS[:300]])
def test_what_is_no_class_is_told(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read_code(data, frozenset({FILTER}))


@given(st.integers(0, len(CLASS) - 1), st.binary(min_size=1, max_size=4))
def test_damage_is_told(at: int, put: bytes) -> None:
    try:
        read_code(CLASS[:at] + put + CLASS[at + len(put) :], frozenset({FILTER}))
    except Unreadable as error:
        assert error.reason.code in ("class.malformed", "class.unknown")
