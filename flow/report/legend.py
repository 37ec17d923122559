"""A legend as text, Markdown, LaTeX and a Word document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consortflow.report.escaping import in_latex, in_markdown
from consortflow.words import NO_BREAK

if TYPE_CHECKING:
    from consortflow.prose import Legend

__all__ = ["as_docx", "as_latex", "as_markdown", "as_text"]


def as_text(legend: Legend) -> str:
    """Return plain text, a line for the title and the flow, and one for the notes."""
    first, *notes = legend.paragraphs()
    lines = [legend.titled(first), *notes]
    return "\n".join(lines).replace(NO_BREAK, " ") + "\n"


def as_markdown(legend: Legend) -> str:
    """Return Markdown, the title in bold type and the notes in a paragraph of their own."""
    first, *notes = legend.paragraphs()
    lines = [f"**{in_markdown(legend.title)}** {in_markdown(first)}", *map(in_markdown, notes)]
    return "\n\n".join(lines) + "\n"


def as_latex(legend: Legend) -> str:
    r"""Return LaTeX for a \caption, which is one paragraph, the title in bold type."""
    return " ".join([rf"\textbf{{{in_latex(legend.title)}}}", *map(in_latex, legend.paragraphs())]) + "\n"


def as_docx(legend: Legend) -> bytes:
    """Return a Word document of one or two paragraphs; raises MissingExtraError without python-docx."""
    import io

    from consortflow.schemas.errors import MissingExtraError

    try:
        import docx
        from docx.oxml.ns import qn
    except ModuleNotFoundError as error:
        raise MissingExtraError("office", "Word", "python-docx") from error
    from consortflow.diagrams.writers.drawingml import cleaned, locale_of
    from consortflow.diagrams.writers.packages import described, settled

    document = docx.Document()
    for tag in document.styles.element.iter(qn("w:lang")):
        for name in ("w:val", "w:eastAsia"):
            tag.set(qn(name), locale_of(legend.language))
    first, *notes = legend.paragraphs()
    opening = document.add_paragraph()
    opening.add_run(cleaned(legend.title)).bold = True
    opening.add_run(cleaned(legend.titled(first).removeprefix(legend.title)))
    for note in notes:
        document.add_paragraph(cleaned(note))
    described(document.core_properties, legend)
    written = io.BytesIO()
    document.save(written)
    return settled(written.getvalue())
