"""How the archives beside this file were made: one small tree, packed by the tools of others.

    python tests/targets/boxes/make.py

with 7z, asar, cpio, gcab, genisoimage, mksquashfs, msibuild, rpmbuild, wixl and xorriso.

The tests read what lies here and need none of the tools; `test_boxes.py` compares with those that it finds.
"""

import gzip
import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
STAMP = 1_700_000_000
SEVENZIP = {
    "copy": "-mx=0",
    "lzma": "-m0=LZMA:d=64k",
    "lzma2": "-m0=LZMA2:d=64k",
    "deflate": "-m0=Deflate",
    "bzip2": "-m0=BZip2",
    "bcj": "-m0=BCJ -m1=LZMA:d=64k",
    "bcj2": "-m0=BCJ2 -m1=LZMA:d=64k -m2=LZMA:d=64k -m3=LZMA:d=64k -mb0:1 -mb0s1:2 -mb0s2:3",
    "arm": "-m0=ARM -m1=LZMA2:d=64k",
    "ppc": "-m0=PPC -m1=LZMA2:d=64k",
    "delta": "-m0=Delta:4 -m1=LZMA2:d=64k",
    "single": "-m0=LZMA2:d=64k -ms=off",
    "plain-header": "-m0=LZMA2:d=64k -mhc=off",
    "ppmd": "-m0=PPMd:mem=1m",
    "encrypted": "-m0=LZMA2:d=64k -psecret",
    "encrypted-header": "-m0=LZMA2:d=64k -psecret -mhe=on",
}
RPM = {
    "gzip": "w9.gzdio",
    "bzip2": "w9.bzdio",
    "xz": "w6.xzdio",
    "lzma": "w6.lzdio",
    "zstd": "w3.zstdio",
    "none": "w.ufdio",
}
SPEC = """Name: demo
Version: 1.2
Release: 1
Summary: A tree for tests
License: Apache-2.0
BuildArch: noarch
%description
A tree for tests.
%install
mkdir -p %{buildroot}/opt
cp -a TREE %{buildroot}/opt/demo
%files
/opt/demo
"""
WXS = """<?xml version="1.0"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
 <Product Name="Demo" Id="DADAA9FC-54F7-4977-9EA1-8BDF6DC73C70" UpgradeCode="DADAA9FC-54F7-4977-9EA1-8BDF6DC73C7A"
   Language="1033" Version="1.2.3" Manufacturer="Nobody">
  <Package Compressed="yes" InstallerVersion="200"/>
  <Media Id="1" Cabinet="demo.cab" EmbedCab="yes"/>
  <Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFilesFolder">
   <Directory Id="INSTALL" Name="Demo Tool">
   <Component Id="c1" Guid="*"><File Id="key1" KeyPath="yes" Source="a.txt"/></Component>
   <Component Id="c2" Guid="*"><File Id="key2" KeyPath="yes" Source="code.bin" Name="a long name.bin"/></Component>
   <Directory Id="INC" Name="include">
    <Component Id="c3" Guid="*"><File Id="key3" KeyPath="yes" Source="include/demo.h"/></Component>
   </Directory>
   </Directory>
  </Directory></Directory>
  <Feature Id="F" Level="1"><ComponentRef Id="c1"/><ComponentRef Id="c2"/><ComponentRef Id="c3"/></Feature>
 </Product>
</Wix>
"""

# Tables that register: suffixes with and without a verb, one whose component has no file, a class, registry keys.
TABLES: dict[str, tuple[str, str, int, list[tuple[str, ...]]]] = {
    "Component": (
        "Component ComponentId Directory_ Attributes Condition KeyPath",
        "s72 S38 s72 i2 S255 S72", 1, [
            ("c1", "{8B0C3D52-6E0B-4A3C-9C5B-2F1B5A9D0E12}", "INSTALL", "0", "", "key1"),
            ("c2", "{8B0C3D52-6E0B-4A3C-9C5B-2F1B5A9D0E13}", "INSTALL", "0", "", "key2"),
            ("c3", "{8B0C3D52-6E0B-4A3C-9C5B-2F1B5A9D0E14}", "INC", "0", "", "key3"),
            ("gone", "{8B0C3D52-6E0B-4A3C-9C5B-2F1B5A9D0E15}", "INSTALL", "0", "", "key9"),
        ],
    ),
    "Extension": (
        "Extension Component_ ProgId_ MIME_ Feature_",
        "s255 s72 S255 S64 s38", 2, [
            ("stp", "c1", "Demo.Part.1", "model/step", "F"),
            ("igs", "c1", "Demo.Part.1", "", "F"),
            ("stl", "gone", "", "", "F"),
            ("txt", "c1", "", "", "F"),
        ],
    ),
    "Verb": (
        "Extension_ Verb Sequence Command Argument",
        "s255 s32 I2 L255 L255", 2, [
            ("stp", "open", "1", "&Open", "%1"),
            ("igs", "print", "1", "&Print", "%1"),
        ],
    ),
    "ProgId": (
        "ProgId ProgId_Parent Class_ Description Icon_ IconIndex",
        "s255 S255 S38 L255 S72 I2", 1, [
            ("Demo.Part.1", "", "", "Demo part", "", ""),
        ],
    ),
    "MIME": (
        "ContentType Extension_ CLSID",
        "s64 s255 S38", 1, [
            ("model/step", "stp", ""),
        ],
    ),
    "Class": (
        "CLSID Context Component_ ProgId_Default Description AppId_ FileTypeMask Icon_ IconIndex "
        "DefInprocHandler Argument Feature_ Attributes",
        "s38 s32 s72 S255 L255 S38 S255 S72 I2 S32 S255 s38 I2", 3, [
            ("{8B0C3D52-6E0B-4A3C-9C5B-2F1B5A9D0E11}", "LocalServer32", "c1", "Demo.Application",
             "Demo automation", "", "", "", "", "", "", "F", ""),
        ],
    ),
    "Registry": (
        "Registry Root Key Name Value Component_",
        "s72 i2 l255 L255 L0 s72", 1, [
            ("r1", "0", ".jt", "", "Demo.Jt", "c1"),
            ("r2", "-1", "Software\\Classes\\.plmxml\\shell\\open", "", "x", "c1"),
            ("r3", "2", "Software\\Demo\\.ifc", "", "x", "c1"),
        ],
    ),
}  # fmt: skip


def machine_code(size: int) -> bytes:
    """Bytes with calls and jumps as x86 code has them, from a generator of our own: the same everywhere."""
    out, state = bytearray(), 1
    while len(out) < size:
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        kind, target = state >> 16 & 7, (state >> 8) % 4096
        match kind:
            case 0 | 1:
                out += b"\xe8" + struct.pack("<i", target - len(out) - 5)
            case 2:
                out += b"\xe9" + struct.pack("<i", target - len(out) - 5)
            case 3:
                out += b"\x0f\x84" + struct.pack("<i", target - len(out) - 6)
            case 4:
                out += b"\x0f\xe8\x0f"
            case _:
                out += bytes([0x55, 0x8B, 0xEC, state >> 20 & 3])
    return bytes(out[: size - 1]) + b"\xe8"


TREE = {
    "a.txt": b"hello\n",
    "empty": b"",
    "include/demo.h": b"int demo_open(void);\n",
    "data/table.bin": bytes(range(256)) * 150,
    "code.bin": machine_code(6_000),
    "data/\u00e4 \u00f6.txt": "\u00e4\u00f6\n".encode(),
}
LINKS = {"include/link.h": "demo.h"}


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "tree"
        for name, data in TREE.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)
        for name, target in LINKS.items():
            (root / name).symlink_to(target)
        for path in root.rglob("*"):
            os.utime(path, (STAMP, STAMP), follow_symlinks=False)
        sevenzip(root)
        cabinets(root)
        asar(root)
        squashfs(root)
        msi(root, Path(place))
        discs(root, Path(place))
        (root / "include" / "twin.h").hardlink_to(root / "include" / "demo.h")
        cpio(root)
        rpm(root, Path(place))


def run(*command: str, at: Path, given: str = "") -> bytes:
    done = subprocess.run(command, cwd=at, input=given.encode(), check=True, capture_output=True)
    return done.stdout


def sevenzip(root: Path) -> None:
    for name, options in SEVENZIP.items():
        out = HERE / f"{name}.7z"
        out.unlink(missing_ok=True)
        run("7z", "a", "-bso0", "-bsp0", "-snl", "-mtc=off", *options.split(), str(out), ".", at=root)


def cabinets(root: Path) -> None:
    names = sorted(TREE)
    run("gcab", "-czn", str(HERE / "mszip.cab"), *names, at=root)
    run("gcab", "-cn", str(HERE / "stored.cab"), *names, at=root)


def asar(root: Path) -> None:
    """What is left beside the archive is not kept: the tests want to know how it is told."""
    run("asar", "pack", "--unpack", "*.bin", ".", str(HERE / "electron.asar"), at=root)
    shutil.rmtree(HERE / "electron.asar.unpacked")


def squashfs(root: Path) -> None:
    for name in ("gzip", "xz", "zstd", "lzma", "lzo"):
        out = HERE / f"{name}.squashfs"
        out.unlink(missing_ok=True)
        stamp = str(STAMP)
        options = ("-comp", name, "-b", "8192", "-nopad", "-all-root", "-mkfs-time", stamp, "-all-time", stamp)
        run("mksquashfs", str(root), str(out), "-quiet", "-no-progress", "-no-exports", *options, at=root)


def msi(root: Path, place: Path) -> None:
    (place / "demo.wxs").write_text(WXS)
    run("wixl", "-o", str(place / "demo.msi"), str(place / "demo.wxs"), at=root)
    keep("demo.msi.gz", (place / "demo.msi").read_bytes())
    given = []
    for name, (columns, types, keys, rows) in TABLES.items():
        names = columns.split()
        table: list[Sequence[str]] = [names, types.split(), [name, *names[:keys]], *rows]
        given.append(f"{name}.idt")
        (place / given[-1]).write_bytes("".join("\t".join(row) + "\r\n" for row in table).encode())
    shutil.copy(place / "demo.msi", place / "registering.msi")
    run("msibuild", str(place / "registering.msi"), "-i", *given, at=place)
    keep("registering.msi.gz", (place / "registering.msi").read_bytes())


def discs(root: Path, place: Path) -> None:
    for name, options in {"rock-ridge": "-R", "joliet": "-J -joliet-long", "plain": "-l", "udf": "-R -udf"}.items():
        out = place / f"{name}.iso"
        run("genisoimage", "-quiet", "-input-charset", "utf-8", *options.split(), "-o", str(out), ".", at=root)
        keep(f"{name}.iso.gz", out.read_bytes())
    out = place / "xorriso.iso"
    run("xorriso", "-outdev", str(out), "-map", str(root), "/", "-commit", at=root)
    keep("xorriso.iso.gz", out.read_bytes())


def cpio(root: Path) -> None:
    listed = run("find", ".", at=root).decode()
    for form in ("newc", "crc", "odc"):
        (HERE / f"{form}.cpio").write_bytes(run("cpio", "-o", "-H", form, "-R", "0:0", at=root, given=listed))


def rpm(root: Path, place: Path) -> None:
    (place / "demo.spec").write_text(SPEC.replace("TREE", str(root)))
    for name, payload in RPM.items():
        defined = {
            "_topdir": place / "rpm",
            "_binary_payload": payload,
            "_rpmdir": place / name,
            "_buildhost": "localhost",
        }
        options = [part for key, value in defined.items() for part in ("--define", f"{key} {value}")]
        run("rpmbuild", "-bb", *options, str(place / "demo.spec"), at=place)
        (made,) = (place / name).rglob("*.rpm")
        shutil.copy(made, HERE / f"{name}.rpm")


def keep(name: str, data: bytes) -> None:
    """Mostly zeros: kept packed."""
    (HERE / name).write_bytes(gzip.compress(data, 9, mtime=0))


if __name__ == "__main__":
    main()
