"""A connection to SQLite or PostgreSQL with the tables as this program needs them, and transactions on it."""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from fauxface.errors import FauxfaceError

FILE_NAME: Final = "fauxface.db"
MIGRATIONS: Final = Path(__file__).resolve().parent / "migrations"
_LOCK: Final = 0x6661757866616365  # "fauxface": names our lock among those of a PostgreSQL server
_WAIT: Final = 10
"""Seconds to wait for a server, or for another process that is writing."""


class StoreError(FauxfaceError):
    """The database cannot be used."""

    code = "bad_store"


class NotFoundError(FauxfaceError):
    """Nothing in the database has that name, or more than one thing has."""

    code = "not_found"


def connect(url: str | None, folder: Path) -> Engine:
    """An engine whose tables are up to date.

    Args:
        url: ``postgresql://…`` or ``sqlite:///…``; None: a SQLite file in ``folder``.
        folder: made if missing.

    Raises:
        StoreError: a wrong address, no server there, no right to write, or tables of a newer program.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        address = _address(url, folder)
        engine = create_engine(address, pool_pre_ping=True, connect_args=_arguments(address))
        if address.get_backend_name() == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
    except OSError as e:
        raise _closed(folder, e) from e
    except ModuleNotFoundError as e:
        raise StoreError(
            f"this database needs the package '{e.name}': run  pip install 'fauxface[postgresql]'", code="missing_extra"
        ) from e
    try:
        with _only_one(engine, folder):
            _migrate(engine)
    except SQLAlchemyError as e:
        engine.dispose()
        raise unusable(e, address) from e
    except BaseException:
        engine.dispose()
        raise
    return engine


def _closed(folder: Path, error: OSError) -> StoreError:
    why = error.strerror or error
    return StoreError(f"{folder}: cannot be written into ({why}): name another with  --data-dir", code="cannot_write")


def unusable(error: SQLAlchemyError, address: URL) -> StoreError:
    """The error for people: the server's own first line, and never a password."""
    first = str(getattr(error, "orig", None) or error).strip().splitlines() or ["no reason given"]
    said = first[0] if not address.password else first[0].replace(str(address.password), "***")
    # What follows the name ("?password=…") may be secret too.
    place = address.set(query={}).render_as_string(hide_password=True)
    return StoreError(f"the database {place} cannot be used: {said}")


def _address(url: str | None, folder: Path) -> URL:
    if not url:
        return URL.create("sqlite", database=str(folder / FILE_NAME))
    try:
        address = make_url(url)
        backend = address.get_backend_name()
    except (ArgumentError, ValueError) as e:
        raise StoreError("the database's address is none: it looks like  postgresql://user@host/name") from e
    if backend in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise StoreError(f"a database of the kind '{backend}' is not supported: take SQLite or PostgreSQL")
    if address.database in (None, "", ":memory:"):
        raise StoreError("a database in memory forgets everything: name a file, as in  sqlite:////folder/fauxface.db")
    return address.set(drivername="sqlite")


def _arguments(address: URL) -> dict[str, Any]:
    return {"timeout": _WAIT} if address.get_backend_name() == "sqlite" else {"connect_timeout": _WAIT}


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """Readers beside a writer; what was acknowledged survives a kill and a power cut; what was deleted is gone."""
    cursor = connection.cursor()
    wait = f"busy_timeout={_WAIT * 1000}"
    for setting in (wait, "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


@contextmanager
def _only_one(engine: Engine, folder: Path) -> Iterator[None]:
    """Several processes may start at once; one of them lays out the tables, the others wait."""
    if engine.dialect.name == "sqlite":
        try:
            with (folder / ".migrating").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as e:
            raise _closed(folder, e) from e
        return
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        try:
            yield
        finally:
            with suppress(SQLAlchemyError):  # a lost connection has given the lock back by itself
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})


def _migrate(engine: Engine) -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":  # Python's module would lay out each table in a transaction of its own
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        now = MigrationContext.configure(connection).get_current_revision()
        known = {revision.revision for revision in script.walk_revisions()}
        if now is not None and now not in known:
            raise StoreError(f"the database was written by a newer fauxface (its tables are at '{now}'): install that")
        if now != script.get_current_head():
            command.upgrade(configuration(connection), "head")


def configuration(connection: Any) -> Config:
    """For Alembic's commands on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


class Sessions:
    """Transactions on one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def ping(self) -> None:
        """Raises StoreError if the database does not answer."""
        with self._session() as session:
            session.execute(text("SELECT 1"))

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """A transaction: kept as a whole, or not at all."""
        try:
            with Session(self._engine) as session, session.begin():
                yield session
        except IntegrityError:
            raise
        except SQLAlchemyError as e:
            raise unusable(e, self._engine.url) from e


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def digest(secret: str) -> str:
    """Enough for random secrets of more than 128 bits: nobody can try them all."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def clean(words: str) -> str:
    """A visitor's text without control characters and what a database or a terminal could choke on."""
    # Spaces of other scripts and tabs keep words apart, though they are not printable either.
    kept = (c if c == "\n" or c.isprintable() else " " if c.isspace() else "" for c in words.replace("\r\n", "\n"))
    return "".join(kept).strip()


def line(words: str) -> str:
    """The same, in one line: a name."""
    return clean(words.replace("\n", " "))
