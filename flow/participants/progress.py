"""How far the queries of the embedded DuckDB have come."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["share_done", "watched"]

_WATCHED: WeakSet[DuckDBPyConnection] = WeakSet()


def watched(connection: DuckDBPyConnection) -> DuckDBPyConnection:
    """Return a connection, whose progress can be asked for from now on; DuckDB itself prints none."""
    connection.execute("SET enable_progress_bar = true")
    connection.execute("SET enable_progress_bar_print = false")
    _WATCHED.add(connection)
    return connection


def share_done() -> float | None:
    """Return how much of a running query is done, in percent; None where nobody can tell."""
    shares = [connection.query_progress() for connection in list(_WATCHED)]
    return max((share for share in shares if share >= 0), default=None)
