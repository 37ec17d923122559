"""A scene as DOT with all its positions, for any Graphviz (`dot -Kneato -n2`) and for tools that read its graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consortflow.diagrams.dot import to_dot

if TYPE_CHECKING:
    from consortflow.diagrams.scene import Scene
    from consortflow.diagrams.writers import Wishes

__all__ = ["write"]


def write(scene: Scene, wishes: Wishes) -> bytes:  # noqa: ARG001 - a writer's form; DOT has nothing to wish for
    """Return the scene as DOT, in UTF-8."""
    return to_dot(scene).encode("utf-8")
