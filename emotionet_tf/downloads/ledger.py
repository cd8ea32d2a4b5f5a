"""What a download knows about each row, in an SQLite file: a million rows need no memory, and no kill loses them.

`rows` holds the lists as they are; `results` what was found out about each photo, over all runs into the folder.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from pathlib import Path

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.photo_places import place_key

LEDGER_NAME = ".downloads.sqlite"
FETCHED, PRESENT, FAILED, REJECTED = "fetched", "present", "failed", "rejected"
STATUSES = (FETCHED, PRESENT, FAILED, REJECTED)
NOT_TRIED = "not tried yet"
"""What the table says instead of a photo that no run has come to."""
_BATCH = 2000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rows (
  position INTEGER PRIMARY KEY, list TEXT, line INTEGER, id TEXT, url TEXT, original_url TEXT, path TEXT, problem TEXT,
  place TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS taken_places ON rows (place) WHERE problem = '';
CREATE TABLE IF NOT EXISTS results (
  id TEXT PRIMARY KEY, status TEXT, url TEXT, http_status INTEGER, num_bytes INTEGER, attempts INTEGER, reason TEXT,
  sha256 TEXT, is_permanent INTEGER, run INTEGER
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row of a list that names a photo.

    Attributes:
      position: Counts the rows over all lists, from 1.
      list_name: The list's file name.
      line: Its line there.
      photo_id: Joins the row with labels and crops.
      url: Where the photo is, and `original_url` where it came from; each may be empty.
      original_url: See `url`.
      path: Where it is stored, relative to the output folder.
      problem: Why the row cannot be used; empty if it can.
    """

    position: int
    list_name: str
    line: int
    photo_id: str
    url: str
    original_url: str
    path: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What is known about a photo.

    Attributes:
      photo_id: The photo's.
      status: One of `STATUSES`.
      url: The list's URL that it came from, or the last one tried; empty for one that was there.
      http_status: Of the last response; None without any.
      num_bytes: Its size; 0 where there is none.
      attempts: Requests, redirects not counted.
      reason: Why there is none; empty where there is.
      sha256: Of its bytes; empty where there is none.
      is_permanent: Whether trying again is hardly of use.
    """

    photo_id: str
    status: str
    url: str = ""
    http_status: int | None = None
    num_bytes: int = 0
    attempts: int = 0
    reason: str = ""
    sha256: str = ""
    is_permanent: bool = False


# dataclasses.astuple copies deeply, which costs ten times as much.
_columns = attrgetter(*(field.name for field in fields(ListRow)))
_result_columns = attrgetter(*(field.name for field in fields(Result)))
_ROW_COLUMNS = "rows.position, list, line, rows.id, rows.url, original_url, path, problem"
_RESULT_COLUMNS = (
    "results.id, status, results.url, http_status, num_bytes, attempts, reason, sha256, is_permanent"
)
_INSERT_RESULT = f"INSERT OR REPLACE INTO results VALUES ({', '.join('?' * (len(fields(Result)) + 1))})"


class Ledger:
    """The rows and results of an output folder; one process at a time has it open."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.run = int(self.fact("run") or 0) + 1
        self.set_fact("run", str(self.run))

    def fact(self, name: str) -> str:
        """Returns what was noted under a name; empty if nothing was."""
        found = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return found[0] if found else ""

    def set_fact(self, name: str, value: str) -> None:
        """Notes something under a name."""
        self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
        self._connection.commit()

    def replace_rows(self, rows: Iterable[ListRow], fingerprint: str) -> None:
        """Takes the place of all rows; a kill meanwhile leaves the ones that were there.

        A row whose file is an earlier row's, as its id is, is noted with that problem.
        """
        self._connection.execute("DELETE FROM rows")
        for row in rows:
            place = place_key(row.path)
            if not row.problem and (other := self._row_at(place, row.url)):
                row = replace(row, problem=other)
            self._connection.execute(
                "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*_columns(row), place)
            )
        self._connection.execute("INSERT OR REPLACE INTO facts VALUES ('lists', ?)", (fingerprint,))
        self._connection.commit()

    def _row_at(self, place: str, url: str) -> str:
        """Returns which usable row has a file already, as a problem; empty if none has."""
        query = "SELECT list, line, url FROM rows WHERE place = ? AND problem = ''"
        found = self._connection.execute(query, (place,)).fetchone()
        if not found:
            return ""
        return f"duplicate id with {'the same' if found[2] == url else 'another'} URL: line {found[1]} of {found[0]}"

    def count_photos(self) -> int:
        """Returns how many rows have their photo."""
        query = (
            "SELECT COUNT(*) FROM rows JOIN results ON results.id = rows.id "
            "WHERE problem = '' AND status IN (?, ?)"
        )
        return int(self._connection.execute(query, (FETCHED, PRESENT)).fetchone()[0])

    def save(self, results: Sequence[Result]) -> None:
        """Keeps results, in place of what was known about the same photos."""
        self._connection.executemany(
            _INSERT_RESULT, [(*_result_columns(result), self.run) for result in results]
        )
        self._connection.commit()

    def forget(self, photo_ids: Sequence[str]) -> None:
        """Drops what is known about photos."""
        self._connection.executemany("DELETE FROM results WHERE id = ?", [(one,) for one in photo_ids])
        self._connection.commit()

    def forget_all(self) -> None:
        """Drops what is known about all photos."""
        self._connection.execute("DELETE FROM results")
        self._connection.commit()

    def rows_with_results(self) -> Iterator[tuple[ListRow, Result | None]]:
        """Yields all rows in the lists' order, each with what is known about its photo; results may be saved
        meanwhile."""
        query = (
            f"SELECT {_ROW_COLUMNS}, {_RESULT_COLUMNS} FROM rows LEFT JOIN results ON results.id = rows.id "
            "AND problem = '' WHERE rows.position > ? ORDER BY rows.position LIMIT ?"
        )
        num_columns = len(fields(ListRow))
        after = 0
        while page := self._connection.execute(query, (after, _BATCH)).fetchall():
            for columns in page:
                own = columns[num_columns:]
                result = None if own[0] is None else Result(*own)
                yield ListRow(*columns[:num_columns]), result
            after = page[-1][0]

    def _todo(self, skip_permanent: bool) -> tuple[str, tuple[object, ...]]:
        """Returns which of `rows LEFT JOIN results` are to do in this run, as SQL and its values."""
        condition = (
            "problem = '' AND (results.id IS NULL OR "
            "(status IN (?, ?) AND run < ? AND NOT (is_permanent AND ?)))"
        )
        return condition, (FAILED, REJECTED, self.run, skip_permanent)

    def count_todo(self, skip_permanent: bool) -> int:
        """Returns how many rows are to do in this run."""
        condition, values = self._todo(skip_permanent)
        query = f"SELECT COUNT(*) FROM rows LEFT JOIN results ON results.id = rows.id WHERE {condition}"
        return int(self._connection.execute(query, values).fetchone()[0])

    def todo_rows(self, after: int, limit: int, skip_permanent: bool) -> list[ListRow]:
        """Returns the next rows that have no result of this run and need one.

        Args:
          after: Position behind which they lie.
          limit: The most to return.
          skip_permanent: Whether those are left out that failed for a lasting reason in an earlier run.
        """
        condition, values = self._todo(skip_permanent)
        query = (
            f"SELECT {_ROW_COLUMNS} FROM rows LEFT JOIN results ON results.id = rows.id "
            f"WHERE position > ? AND {condition} ORDER BY position LIMIT ?"
        )
        found = self._connection.execute(query, (after, *values, limit)).fetchall()
        return [ListRow(*columns) for columns in found]

    def frequent_sums(self, limit: int) -> list[tuple[str, int, str]]:
        """Returns the SHA-256 sums that most photos of the lists share: sum, number of photos, and an id of them."""
        query = (
            "SELECT sha256, COUNT(*), MIN(rows.id) FROM rows JOIN results ON results.id = rows.id "
            "WHERE problem = '' AND sha256 <> '' GROUP BY sha256 HAVING COUNT(*) > 1 "
            "ORDER BY COUNT(*) DESC, sha256 LIMIT ?"
        )
        return self._connection.execute(query, (limit,)).fetchall()


@contextlib.contextmanager
def open_ledger(folder: Path) -> Iterator[Ledger]:
    """Yields the ledger of an output folder; what is saved in it outlives a kill.

    Raises:
      UserError: If another process has it open, it is damaged, or its disk is full.
    """
    path = folder / LEDGER_NAME
    with _database_errors(path), contextlib.closing(sqlite3.connect(path, timeout=1)) as connection:
        # Exclusive before WAL: then it needs no shared memory, which network file systems lack.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_SCHEMA)
        yield Ledger(connection)


@contextlib.contextmanager
def _database_errors(path: Path) -> Iterator[None]:
    """Turns SQLite's errors into ones for the person at the command line."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise UserError(f"another download writes to {path.parent}; wait for it, or stop it") from error
        raise UserError(f"{path}: {error}; repair that, and the same command resumes") from error
    except sqlite3.DatabaseError as error:
        raise UserError(
            f"{path} is damaged ({error}); remove it and run again: photos that are there are kept"
        ) from error
