"""Which rows come next: those of the lists that are to do, a few hosts' backlog skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from emotionet_tf.downloads.ledger import Ledger, ListRow

_PAGE = 512
_LOOK_AHEAD_WINDOWS = 2


class RowSource:
    """Gives out the rows that are to do, in the lists' order but for hosts that have enough of them.

    Where one host is slow or put aside, its rows would fill the window and the other hosts would idle. They are
    skipped, up to two windows ahead, and come again when the window runs low.

    Args:
      ledger: Knows the rows; results have to be saved in it before rows are asked for.
      skip_permanent: As `Ledger.todo_rows` takes it.
      window: Rows under way at once, at most.
    """

    def __init__(self, ledger: Ledger, *, skip_permanent: bool, window: int) -> None:
        self._ledger = ledger
        self._skip_permanent = skip_permanent
        self._window = window
        self._after = 0
        self._first_passed: int | None = None
        self._num_passed = 0
        self._page: Iterator[ListRow] = iter(())
        self.is_exhausted = False

    def next_row(
        self, num_under_way: int, is_under_way: Callable[[str], bool], is_crowded: Callable[[ListRow], bool]
    ) -> ListRow | None:
        """Returns a row to start, or None if there is none now.

        Args:
          num_under_way: Rows that have been given out and have no result.
          is_under_way: Says of an id whether it is one of those.
          is_crowded: Says of a row whether its host has enough to do.
        """
        while not self.is_exhausted and num_under_way < self._window:
            row = next(self._page, None)
            if row is None:
                if not self._turn_page(num_under_way):
                    return None
                continue
            self._after = row.position
            if is_under_way(row.photo_id):
                continue
            if not is_crowded(row):
                return row
            self._num_passed += 1
            if self._first_passed is None:
                self._first_passed = row.position
        return None

    def _turn_page(self, num_under_way: int) -> bool:
        """Reads on, or again from the first row that was skipped; returns whether there is a page now."""
        rows: list[ListRow] = []
        if self._num_passed < _LOOK_AHEAD_WINDOWS * self._window:
            rows = self._ledger.todo_rows(self._after, _PAGE, self._skip_permanent)
        if not rows and self._first_passed is not None:
            if num_under_way > self._window // 4:
                return False
            self._after = self._first_passed - 1
            self._first_passed, self._num_passed = None, 0
            rows = self._ledger.todo_rows(self._after, _PAGE, self._skip_permanent)
        self.is_exhausted = not rows
        self._page = iter(rows)
        return bool(rows)
