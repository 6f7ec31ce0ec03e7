"""`fauxface serve`: the page where anyone can ask."""

from __future__ import annotations

import errno
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fauxface.cli import terminal
from fauxface.errors import FauxfaceError

if TYPE_CHECKING:
    from fauxface.web.settings import Settings


class PortTakenError(FauxfaceError):
    """The address cannot be listened on."""

    code = "port_taken"


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 for everybody, :: for IPv6 too.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes; each loads the detector.")] = 1,
    weights: Annotated[
        str | None, typer.Option(help="default, resnet68 (the paper's), or a folder with card.json.")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Processor threads of each detector.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where feedback and shared results are kept.")] = None,
    database: Annotated[str | None, typer.Option(help="postgresql://… instead of a SQLite file.")] = None,
) -> None:
    """Open the page and the API, on the shipped detector, with nothing else to set up.

    More settings come from the environment (FAUXFACE_…), see docs/web.md. Ctrl-C ends it, after what it has accepted.
    """
    for package in ("fastapi", "uvicorn", "sqlalchemy", "av"):
        terminal.need("web", package)
    from fauxface.web.server import serve as run
    from fauxface.web.settings import Settings

    settings = Settings.load(weights=weights, threads=threads, data_dir=data_dir, database_url=database)
    check(settings)
    host = bare(host)
    _check_address(host, port)
    sys.stderr.write(f"fauxface is opening at http://{at(host, port)}{settings.root}\n")
    run(settings, host=host, port=port, workers=workers)


def bare(host: str) -> str:
    """An address as the system takes it: an IPv6 address without the brackets that it has in a URL."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def at(host: str, port: int) -> str:
    """Host and port as they stand in a URL: an IPv6 address in brackets, ``[::1]:8000``."""
    name = "localhost" if host in ("127.0.0.1", "") else host
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def check(settings: Settings) -> None:
    """Find out before the server starts whether all that the settings name can be used: errors here are one line."""
    from fauxface.provenance import read_trust
    from fauxface.web.store import Store
    from fauxface.weights import store

    if settings.c2pa_trust is not None:
        read_trust(settings.c2pa_trust)
    store.resolve(settings.weights)
    Store.open(settings.database_url, settings.data_dir).close()


def _check_address(host: str, port: int) -> None:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
    except OSError as e:
        if isinstance(e, socket.gaierror) or e.errno in (errno.EADDRNOTAVAIL, errno.EINVAL):
            said = f"cannot listen on {at(host, port)}: this machine has no address {host!r}: take another --host"
            raise PortTakenError(said) from e
        raise PortTakenError(f"cannot listen on {at(host, port)} ({e.strerror or e}): take another --port") from e
    except ValueError as e:  # a NUL in it, or a part between dots that is empty or too long
        raise PortTakenError(f"cannot listen on {host!r}, which is no host's name: take another --host") from e
