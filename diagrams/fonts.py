"""The fonts that a figure asks for after its theme's own, where its words have ideographs, kana or hangul.

One code point stands for different forms of a character in China, Japan and Korea: the font decides which is drawn.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CJK_FONTS", "fallbacks", "wide_family"]

CJK_FONTS = {
    "zh": (
        "Noto Sans CJK SC",
        "Noto Sans SC",
        "Source Han Sans SC",
        "PingFang SC",
        "Hiragino Sans GB",
        "Microsoft YaHei",
        "SimHei",
    ),
    "zh-hant": (
        "Noto Sans CJK TC",
        "Noto Sans TC",
        "Source Han Sans TC",
        "PingFang TC",
        "Heiti TC",
        "Microsoft JhengHei",
    ),
    "ja": (
        "Noto Sans CJK JP",
        "Noto Sans JP",
        "Source Han Sans JP",
        "Hiragino Sans",
        "Hiragino Kaku Gothic ProN",
        "Yu Gothic",
        "Meiryo",
        "MS PGothic",
    ),
    "ko": (
        "Noto Sans CJK KR",
        "Noto Sans KR",
        "Source Han Sans KR",
        "Apple SD Gothic Neo",
        "Malgun Gothic",
    ),
}
"""Sans serifs by language: the free ones first, then those of macOS and Windows; an ideograph is one em in all."""

# patterns are compiled where a word needs them: most figures have none of these signs, and a start is short
_WIDE = "[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]"
_KANA = "[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f]"
_HANGUL = "[\u1100-\u11ff\u3131-\u318e\uac00-\ud7ff]"
_TRADITIONAL = "zh-(?:.*-)?(?:hant|tw|hk|mo)\\b"


def fallbacks(language: str, texts: Iterable[str]) -> tuple[str, ...]:
    """Return the families to ask for after a theme's fonts; none where the texts need none.

    The figure's language decides between the forms of a character; where that is none of the three, kana or hangul in
    the texts do, and Chinese where there are only ideographs.
    """
    words = "".join(texts)
    tongue = _tongue(language, words)
    others = ("ko",) if tongue not in ("", "ko") and re.search(_HANGUL, words) else ()
    return tuple(name for one in (tongue, *others) if one for name in CJK_FONTS[one])


def wide_family(language: str, texts: Iterable[str]) -> str:
    """Return the family of Noto Sans CJK whose forms a language and its texts ask for: that of Chinese by default."""
    return CJK_FONTS[_tongue(language, "".join(texts)) or "zh"][0]


def _tongue(language: str, words: str) -> str:
    """Return the key of CJK_FONTS that fits; empty where no word needs any of them."""
    if max(words, default="") < "\u1100" or not re.search(_WIDE, words):
        return ""
    tag = language.lower()
    if re.match(_TRADITIONAL, tag):
        return "zh-hant"
    first = tag.partition("-")[0]
    if first in CJK_FONTS:
        return first
    return "ja" if re.search(_KANA, words) else "ko" if re.search(_HANGUL, words) else "zh"
