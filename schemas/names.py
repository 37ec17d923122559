"""Names of what a study file describes: full ids, and what a reference means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice

__all__ = ["Names", "nearest", "slug"]


_ASCII = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}


def slug(label: str) -> str:
    """Return a label as an id: lower case, every run of other characters a hyphen.

    >>> slug("Received inati-cel infusion")
    'received-inati-cel-infusion'
    >>> slug("Met exclusion criteria (<5% blasts)")
    'met-exclusion-criteria-5-blasts'
    """
    if label.isascii():
        return "-".join(label.translate(_ASCII).split())
    import unicodedata

    folded = unicodedata.normalize("NFKC", label).casefold()
    return "-".join("".join(c if c.isalnum() else " " for c in folded).split())


class Names:
    """Full ids of a kind of thing, and the references that reach them.

    A full id joins arms, stage and exit by `/`. A reference is a full id, an unambiguous tail of whole parts of one,
    or a kind that only one of them has.
    """

    def __init__(self) -> None:
        self._full: dict[str, str] = {}
        self._tails: defaultdict[str, list[str]] = defaultdict(list)
        self._kinds: defaultdict[str, list[str]] = defaultdict(list)
        self._indexed = 0

    def add(self, full: str, kind: str = "") -> bool:
        """Take up a full id; False, and no change, where it is taken already."""
        if full in self._full:
            return False
        self._full[full] = kind
        return True

    def _index(self) -> None:
        """Index the tails and kinds of what was taken up since the last time: most studies refer to little."""
        for full, kind in islice(self._full.items(), self._indexed, None):
            parts = full.split("/")
            for start in range(1, len(parts)):
                self._tails["/".join(parts[start:])].append(full)
            if kind:
                self._kinds[kind].append(full)
        self._indexed = len(self._full)

    def __contains__(self, full: str) -> bool:
        return full in self._full

    def find(self, reference: str) -> tuple[str, ...]:
        """Return the full ids that a reference may mean: one where it is clear, none where it is unknown."""
        if reference in self._full:
            return (reference,)
        self._index()
        return tuple(self._tails.get(reference, ()) or self._kinds.get(reference, ()))

    def nearest(self, reference: str) -> str:
        """Return the known name closest to a reference that means nothing, or an empty string."""
        from difflib import get_close_matches

        self._index()
        known: Iterable[str] = {*self._full, *self._tails, *self._kinds}
        close = get_close_matches(reference, sorted(known), n=1, cutoff=0.5)
        return close[0] if close else ""


def nearest(word: str, known: Sequence[str], otherwise: str) -> str:
    """Return "did you mean ...?" with the known word closest to one that is not, or all of them after `otherwise`."""
    from difflib import get_close_matches

    close = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else f"{otherwise} {', '.join(known)}"
