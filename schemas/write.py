"""A Study as the text of a study file that says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from consortflow.schemas.study import Study

__all__ = ["dumps"]


def dumps(study: Study) -> str:
    """Return a study as YAML that `loads` reads as an equal study; what it leaves to defaults is left out.

    Comments, layout and the short form of reasons are not part of a study: those of the file it came from are lost.
    """
    import yaml

    data = _plain(study.model_dump(by_alias=True, exclude_unset=True))
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=1_000_000, default_flow_style=False)


def _plain(value: Any) -> Any:
    """Return data of mappings and lists, as YAML knows them."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
