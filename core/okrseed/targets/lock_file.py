"""A tenant's lock on SQLite: a file beside the database, locked by the system for as long as its holder lives."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import sys
import threading
from pathlib import Path

from okrseed.clock import Clock, SystemClock
from okrseed.errors import DatabaseFailure, NoConnection
from okrseed.targets import Holder

SUFFIX = ".okrseed-lock"
MOST_TEXT = 1_000

if sys.platform == "win32":
    import msvcrt

    # Windows locks bytes, and nobody else may read those: one that holds no text.
    def _locked(file: int) -> bool:
        os.lseek(file, MOST_TEXT, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _locked(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class FileLock:
    """The lock of every tenant of one file, as SQLite has one writer at a time anyway. Used by several threads."""

    def __init__(self, database: Path, run_id: str, who: str, clock: Clock | None = None) -> None:
        self._path = database.with_name(database.name + SUFFIX)
        self._told = f"{run_id} {who}"
        self._clock = clock or SystemClock()
        self._file: int | None = None
        self._folders: list[Path] = []
        self._taking = threading.Lock()

    def take(self) -> Holder | None:
        with self._taking:
            if self._is_held():
                return None
            self._close()
            try:
                return self._take()
            except OSError as error:
                raise NoConnection(
                    f"cannot lock {self._path}: {error.strerror}",
                    hint="Check the path, and that its folder can be written: the lock is kept beside the database.",
                ) from None

    def release(self) -> None:
        with self._taking:
            if self._is_held():
                # While it is locked: whoever opened it meanwhile sees that it is no longer the one beside the database.
                with contextlib.suppress(OSError):
                    self._path.unlink()
            self._close()
            for folder in self._folders:
                with contextlib.suppress(OSError):
                    folder.rmdir()
            self._folders = []

    def check(self) -> None:
        """Raise DatabaseFailure where the lock was taken and is no longer there. Asked within a transaction."""
        if self._file is not None and not self._is_held():
            raise DatabaseFailure("this run has lost the file's lock", transient=True, code="lock_lost")

    def _take(self) -> Holder | None:
        self._make_folders()
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        if not _locked(file):
            holder = _holder(file)
            os.close(file)
            return holder
        self._file = file
        if not self._is_held():
            # Its last holder took the file away between our opening it and locking it.
            self._close()
            return Holder("a run that is just ending", passing=True)
        since = self._clock.now().isoformat(timespec="seconds")
        os.ftruncate(file, 0)
        os.lseek(file, 0, os.SEEK_SET)
        os.write(file, json.dumps({"who": self._told, "since": since}).encode()[:MOST_TEXT])
        return None

    def _make_folders(self) -> None:
        """A new database may be meant for a new folder; where the run is refused after all, it is taken away again."""
        missing = [folder for folder in self._path.parents if not folder.exists()]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._folders += missing

    def _is_held(self) -> bool:
        """Whether the locked file is still the one beside the database: somebody may have tidied it away."""
        if self._file is None:
            return False
        try:
            beside = self._path.stat()
        except OSError:
            return False
        own = os.fstat(self._file)
        return (own.st_dev, own.st_ino) == (beside.st_dev, beside.st_ino)

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _holder(file: int) -> Holder:
    try:
        os.lseek(file, 0, os.SEEK_SET)
        told = json.loads(os.read(file, MOST_TEXT))
        return Holder(str(told["who"]), datetime.datetime.fromisoformat(told["since"]))
    except (ValueError, KeyError, TypeError, OSError):
        # Locked, and not written yet.
        return Holder("a run that has just begun")
