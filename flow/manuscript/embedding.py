"""The verb embed: a study's figure, its legend and its words put into a manuscript, or refreshed where they are."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from consortflow.manuscript import findings as rules
from consortflow.manuscript.forms import Form, ManuscriptError, form_of
from consortflow.manuscript.piece import Piece, captioned, slug
from consortflow.schemas.diagnostics import Diagnostics, Span, quoted
from consortflow.schemas.errors import FileError
from consortflow.schemas.files import read_bytes, write_atomically
from consortflow.schemas.study import Study

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from consortflow.diagrams.figure import Figure
    from consortflow.disclosure import Disclosure
    from consortflow.manuscript.markers import Place
    from consortflow.manuscript.plain import TextManuscript
    from consortflow.manuscript.word import WordManuscript
    from consortflow.solving import Solution

    Source = Study | str | os.PathLike[str]

__all__ = ["Change", "Embedding", "embed", "embed_solutions", "name_of"]

MAX_BYTES = 256 * 1024 * 1024
"""The largest manuscript that is read, in bytes."""
OURS = b"consortflow"
"""What every picture that consortflow writes says somewhere."""
_ENDINGS = (".consort.yaml", ".consort.yml", ".yaml", ".yml")


class Change(NamedTuple):
    """A file that an embedding writes, and what of which study changes in it."""

    path: str
    name: str
    parts: tuple[str, ...]
    """Of figure (a new one), picture, legend."""

    def __str__(self) -> str:
        return f"{self.path}: {self.name}: {', '.join(self.parts)}"


class Embedding(NamedTuple):
    """What became of a manuscript: nothing where it was current."""

    manuscript: str
    changes: tuple[Change, ...]
    findings: Diagnostics
    """Warnings, as of markers that name no study."""
    remarks: tuple[str, ...] = ()
    """What to know of the way the figures were made to fit: a sentence each."""

    @property
    def current(self) -> bool:
        """Whether nothing changes."""
        return not self.changes


def name_of(path: str | os.PathLike[str]) -> str:
    """Return the name that markers give a study file: its own without folder and ending."""
    name = Path(path).name
    return next((name.removesuffix(end) for end in _ENDINGS if name.endswith(end) and name != end), name)


def embed(
    study: Source | Sequence[Source] | Mapping[str, Source],
    manuscript: str | os.PathLike[str],
    *,
    output: str | os.PathLike[str] | None = None,
    editable: bool = False,
    check: bool = False,
    width: float | str | None = None,
    theme: str | None = None,
    format: str | None = None,  # noqa: A002 - the word every caller expects
    legend: bool = True,
    disclosure: Disclosure | None = None,
) -> Embedding:
    """Put the figures of studies into a manuscript where its markers name them, or refresh those that are there.

    A study is known by the name of its file without the ending, or by its key in a mapping. Beside the figure go its
    legend (unless `legend` is False: the caption that is there stays) and its words for who cannot see it; all else
    stays byte for byte. Image files are written beside the manuscript as NAME-flow and the ending of `format`. With
    `editable`, a Word document gets shapes that can be moved. `width` and `theme` win over what a marker says, and that
    over the study. With a `disclosure`, small counts are hidden in all of it, or all are rounded. With `check` nothing
    is written, and `current` says whether there was anything to do. Raises InvalidManuscriptError where markers are
    missing or wrong, ManuscriptError for a file that is no manuscript, InvalidStudyError, FileError, and what `draw`
    raises.
    """
    from consortflow.checking import solved

    solutions = {name: solved(source, disclosure=disclosure) for name, source in _named(study).items()}
    return embed_solutions(
        solutions, manuscript, output=output, editable=editable, check=check, width=width, theme=theme, format=format,
        legend=legend,
    )  # fmt: skip


def _named(study: Source | Sequence[Source] | Mapping[str, Source]) -> dict[str, Source]:
    if isinstance(study, Mapping):
        return dict(study)
    sources = [study] if isinstance(study, Study | str | os.PathLike) else list(study)
    named: dict[str, Source] = {}
    for source in sources:
        if isinstance(source, Study) and source.source is None:
            raise ManuscriptError("a study without a file has no name: pass a mapping of names to studies")
        name = name_of(source.source.name if isinstance(source, Study) and source.source else str(source))
        if name in named:
            raise ManuscriptError(f"two studies are called {name}: a marker could not tell them apart")
        named[name] = source
    return named


def embed_solutions(
    solutions: Mapping[str, Solution],
    manuscript: str | os.PathLike[str],
    *,
    output: str | os.PathLike[str] | None = None,
    editable: bool = False,
    check: bool = False,
    width: float | str | None = None,
    theme: str | None = None,
    format: str | None = None,  # noqa: A002 - as above
    legend: bool = True,
) -> Embedding:
    """Put the figures of solved flows, by their names, into a manuscript; see `embed`."""
    path = os.fspath(manuscript)
    target = path if output is None else os.fspath(output)
    form = form_of(path)
    _possible(form, target, solutions, editable=editable, format=format)
    data = read_bytes(path, max_bytes=MAX_BYTES)
    document = _opened(path, data, form, solutions, editable=editable)
    _refuse(document, solutions)
    pieces: dict[str, Piece] = {}
    images: dict[str, tuple[str, bytes]] = {}
    remarks: list[str] = []
    for place in document.places:
        piece, image = _piece(document, place, solutions[place.name], form, (width, theme, format), legend=legend)
        pieces[place.name] = piece
        remarks += [f"{place.name}: {remark}" for remark in piece.figure.remarks]
        if image:
            images[place.name] = image, piece.figure.to_bytes(image.rpartition(".")[2])
    new, changed = document.holding(pieces)
    folder = os.path.dirname(target)  # noqa: PTH120 - "" stays ""
    changes, writes = _images(images, folder, {place.name for place in document.places if place.close})
    if new != (data if output is None else _present(target)):
        changes += [Change(target, name, parts or ("picture",)) for name, parts in changed.items() if parts or output]
        writes.append((target, new))
    if not check:
        if writes and read_bytes(path, max_bytes=MAX_BYTES) != data:
            raise FileError(path, "was changed while the figure was drawn; run it again")
        _write(writes)
    return Embedding(target, tuple(changes), document.findings, tuple(remarks))


def _possible(
    form: Form,
    target: str,
    solutions: Mapping[str, Solution],
    *,
    editable: bool,
    format: str | None,  # noqa: A002 - as above
) -> None:
    """Raise where what is asked for cannot be, before anything is read or drawn."""
    if form_of(target) is not form:
        raise ManuscriptError(f"{target}: {form.title} stays {form.title}; name it {' or '.join(form.endings)}")
    if editable and form.title != "Word":
        raise ManuscriptError(f"{target}: only a Word document holds shapes that can be edited")
    if format is not None and format not in form.images:
        takes = f"takes {', '.join(form.images)}" if form.images else "holds the picture itself"
        raise ManuscriptError(f"{target}: {form.title} {takes}, not {quoted(format)}")
    files: dict[str, str] = {}
    for name in solutions:
        if (other := files.setdefault(slug(name).lower(), name)) != name:
            raise ManuscriptError(f"the figures of {other} and {name} would have the same name: rename a study file")


def _opened(
    path: str, data: bytes, form: Form, known: Mapping[str, Solution], *, editable: bool
) -> TextManuscript | WordManuscript:
    if form.title == "Word":
        from consortflow.manuscript.word import WordManuscript

        return WordManuscript(path, data, known, editable=editable)
    from consortflow.manuscript.plain import TextManuscript

    return TextManuscript(path, data, form, known)


def _refuse(document: TextManuscript | WordManuscript, known: Iterable[str]) -> None:
    """Raise with every finding where one is an error, or a study has no marker."""
    marked = {place.name for place in document.places}
    named = {name for finding in document.findings.errors for name in finding.subjects}
    missing = [
        rules.UNMARKED.found(
            f"no marker for {quoted(name)}",
            Span(document.name),
            fix=f"put this where the figure shall stand: {document.paste(name)}",
        )
        for name in known
        if name not in marked | named
    ]
    findings = Diagnostics((*document.findings, *missing))
    if not findings.ok:
        raise rules.InvalidManuscriptError(findings)


def _piece(
    document: TextManuscript | WordManuscript,
    place: Place,
    solution: Solution,
    form: Form,
    asked: tuple[float | str | None, str | None, str | None],
    *,
    legend: bool,
) -> tuple[Piece, str]:
    """Return what a study gives to a place, and its image file relative to the manuscript's folder ("" for none)."""
    width, theme, image_format = asked
    wanted = width if width is not None else place.options.width
    figure = _drawn(solution, theme or place.options.theme, wanted, document.width_mm(place))
    image = _image(form, place, image_format)
    piece = Piece(
        place.name,
        figure,
        captioned(solution) if legend and place.options.legend else None,
        document.reference(image) if image else "",
        figure.width_mm if wanted is not None else None,
        document.number(place),
        place.options.attributes,
    )
    return piece, image


def _drawn(solution: Solution, theme: str | None, width: float | str | None, most_mm: float | None) -> Figure:
    """Return the figure at the width asked for, or at its own where the page holds it, or at the page's."""
    from consortflow.diagrams.errors import WidthError
    from consortflow.drawing import draw_solution

    figure = draw_solution(solution, theme=theme, width=width)
    if width is None and most_mm is not None and figure.width_mm > most_mm:
        try:
            return draw_solution(solution, theme=theme, width=most_mm)
        except WidthError:  # it is shown smaller than it is drawn, as any picture would be
            return figure
    return figure


def _image(form: Form, place: Place, format: str | None) -> str:  # noqa: A002 - as above
    if not form.images:
        if place.options.image:
            raise ManuscriptError(f"{form.title} holds the picture itself: the marker of {place.name} names an image")
        return ""
    if not place.options.image:
        return f"{slug(place.name)}-flow.{format or form.images[0]}"
    path = posixpath.normpath(place.options.image.replace("\\", "/"))
    ending = path.rpartition(".")[2].lower()
    if ending not in form.images or (format is not None and ending != format):
        wanted = format or ", ".join(form.images)
        raise ManuscriptError(f"the marker of {place.name} names {path}, and {form.title} takes {wanted}")
    return path


def _images(
    images: Mapping[str, tuple[str, bytes]], folder: str, there: set[str]
) -> tuple[list[Change], list[tuple[str, bytes]]]:
    """Return the image files that change; raises FileError where one would take the place of somebody's own."""
    changes: list[Change] = []
    writes: list[tuple[str, bytes]] = []
    for name, (image, data) in images.items():
        path = os.path.join(folder, *image.split("/"))  # noqa: PTH118 - "" stays ""
        old = _present(path)
        if old == data:
            continue
        if old is not None and name not in there and OURS not in old:
            raise FileError(path, f"is there and no figure of ours; name another in the marker: {name}, image: PATH")
        if any(other == path for other, _ in writes):
            raise FileError(path, "would hold the figures of two studies")
        changes.append(Change(path, name, ("figure",) if old is None else ("picture",)))
        writes.append((path, data))
    return changes, writes


def _present(path: str) -> bytes | None:
    return read_bytes(path, max_bytes=MAX_BYTES) if os.path.lexists(path) else None


def _write(writes: Sequence[tuple[str, bytes]]) -> None:
    """Write images first and the manuscript last, so that at any moment it refers to whole figures that are there."""
    for path, _ in writes:
        if Path(path).exists() and not os.access(path, os.W_OK):
            raise FileError(path, "no permission")
    for path, data in writes:
        write_atomically(path, data)
