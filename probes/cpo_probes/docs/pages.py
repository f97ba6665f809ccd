"""What one document tells of itself: title, topics, how much of it is prose, what made it, where it leads.

A `Page` is what the probe docs.sets notes of a document; the sets are made of pages alone.
"""

from typing import Any

import msgspec

from cpo_probes.docs.details import Details
from cpo_probes.docs.spoken import Spoken
from cpo_probes.docs.stated import stated_version
from cpo_scan.probe import Artifact, Evidence
from cpo_scan.probe.document_places import stem_of
from cpo_scan.probe.phrases import count_words, parts_of, phrase
from cpo_scan.probe.prose import Prose
from cpo_scan.probe.prose_lines import prose_lines
from cpo_scan.probe.wording import fingerprint

_HEAD = 32 * 2**10  # characters of a page in which its generator says so
_SECTIONS = 4  # levels of headings that divide a document
_LONG = 8  # words of a heading that says more than a topic


class Detail(msgspec.Struct, frozen=True):
    """Something that a document states, and the sentences that show it."""

    id: str
    evidence: tuple[Evidence, ...]


class Page(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One document. `words` are those of running text, links and code left out."""

    sha256: str = ""
    title: str = ""
    kind: str = ""
    """What a package holds: docx, odt, …"""
    topics: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()
    words: int = 0
    linked_words: int = 0
    links: tuple[str, ...] = ()
    anchors: bytes = b""
    """Fingerprints of the names that links may lead to, four bytes each."""
    scripts: int = 0
    controls: int = 0
    placeholders: int = 0
    frames: bool = False
    language: str = ""
    """As declared."""
    spoken: str = ""
    """As its words show it."""
    generator: str = ""
    format: str = ""
    """That of the generator's documentation; empty where none is known."""
    version: str = ""
    """The release that the document says it belongs to."""
    read: bool = True
    """Its text was read; where not, a row of the coverage says why."""
    whole: bool = True

    @property
    def template(self) -> bool:
        """More than one placeholder in twenty words: a program fills it in, nobody reads it."""
        return self.placeholders * 20 > self.words + self.linked_words

    @property
    def application(self) -> bool:
        """The face of a program: scripts or controls, and hardly a text."""
        return (self.scripts > 0 and self.words < 20) or self.controls * 30 > self.words


class Reader:
    """Makes pages by the table of `rules/data/documentation.yaml`."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._generators = [(row["name"], row["format"], row["says"]) for row in table["generators"]]
        # Beside each the signs of it, a look for which costs less than one for the whole.
        self._placeholders = [(word, {sign for sign in word if not sign.isalnum()}) for word in table["placeholders"]]
        self._signs = frozenset(sign for _, signs in self._placeholders for sign in signs)
        self._headings: int = table["limits"]["headings"]
        self._manual: int = table["limits"]["manual"]
        self._topics = {topic: tuple(phrase(word) for word in words) for topic, words in table["topics"].items()}
        self._topic_words = frozenset(
            first for words in self._topics.values() for word in words for first in word.split()[:1]
        )
        self._generic = {topic: frozenset(map(phrase, words)) for topic, words in table["generic"].items()}
        self._leading = tuple(phrase(word) for word in table["leading"])
        self._details = Details(table["details"])
        self._spoken = Spoken(table["stopwords"])

    def page(self, artifact: Artifact, prose: Prose, raw: str = "") -> Page:
        """The page that an artifact is. `raw` is the head of its markup, where the generator may say so."""
        face = prose.face
        generator, form = self._generator(raw)
        if face is not None:
            words, linked = face.words, face.linked_words
        else:
            lined = "\n".join(line for _, line in prose_lines(prose.text)) if prose.lined else prose.text
            words, linked = count_words(lined), 0
        return Page(
            sha256=artifact.sha256 or artifact.path,
            title=prose.title,
            kind=prose.kind,
            topics=tuple(self._about(artifact.path, prose)),
            details=tuple(
                Detail(name, tuple(artifact.at(said.text, **prose.place(said.at)) for said in shown))
                for name, shown in self._details.found(prose, stem_of(artifact.path))
            ),
            words=words,
            linked_words=linked,
            links=prose.links,
            anchors=b"".join(mark(name) for name in prose.anchors if name),
            scripts=face.scripts if face else 0,
            controls=face.controls if face else 0,
            placeholders=self._count_placeholders(face.bare) if face else 0,
            frames=face.frames if face else False,
            language=prose.language,
            spoken=self._spoken.of(prose.text),
            generator=generator,
            format=form,
            version=stated_version(prose, artifact.format or ""),
            read=bool(prose.text.strip()) or not prose.gaps,
            whole=prose.whole,
        )

    def unread(self, artifact: Artifact, title: str = "") -> Page:
        """The page of a document whose text could not be read: its name still tells its topics."""
        topics = tuple(self._about(artifact.path, Prose(title=title)))
        return Page(sha256=artifact.sha256 or artifact.path, title=title, topics=topics, read=False, whole=False)

    def _count_placeholders(self, bare: str) -> int:
        absent = {sign for sign in self._signs if sign not in bare}
        return sum(bare.count(word) for word, signs in self._placeholders if absent.isdisjoint(signs))

    def _generator(self, raw: str) -> tuple[str, str]:
        low = raw[:_HEAD].lower()
        return next(
            ((name, form) for name, form, says in self._generators if any(word in low for word in says)), ("", "")
        )

    def _about(self, path: str, prose: Prose) -> list[str]:
        """Topics by the words of the table: anywhere in the title and the first heading, as the whole of a file's name
        or of a heading, and in a document that is a manual by itself also at the start of one."""
        listed = [heading for heading in prose.headings[: self._headings] if heading.level <= _SECTIONS]
        first = listed[0].text if listed else ""
        titles = {phrase(prose.title), phrase(first)}
        named = parts_of(prose.title) | parts_of(first)
        stem = phrase(stem_of(path))
        sections = {self._plain(heading.text) for heading in listed}
        manual = len(prose.text) >= self._manual
        every = stem if not any(title.strip() for title in titles) else ""
        whole = {*named, *sections, stem}
        generic = whole if manual else {*named, stem}
        said = [name for name in (*titles, every) if not self._topic_words.isdisjoint(name.split())]
        return [
            topic
            for topic, words in self._topics.items()
            if (said and any(word in name for name in said for word in words))
            or not whole.isdisjoint(words)
            or not generic.isdisjoint(self._generic.get(topic, ()))
            or (manual and any(section.startswith(words) for section in sections))
        ]

    def _plain(self, heading: str) -> str:
        """A heading without the words that come before what it is about; empty where it is long."""
        words = phrase(heading)
        while lead := next((each for each in self._leading if words.startswith(each)), ""):
            words = words[len(lead) - 1 :]
        return words if words.count(" ") <= _LONG + 1 else ""


def mark(name: str) -> bytes:
    """Four bytes for the name of a place in a page."""
    return fingerprint(name).to_bytes(4, "little")
