"""`assay serve-grader`: verdicts over HTTP, for trainers."""

import os
import signal
import threading
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from modelassay.cli.options import (
    PIECES,
    AllTestsOption,
    PackagesOption,
    TimeoutOption,
    WeakOption,
    WorkersOption,
    example,
    split_names,
)
from modelassay.cli.output import data, say


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command(
        "serve-grader", rich_help_panel=PIECES, epilog=example("assay serve-grader --port 8765 --workers 8")
    )(serve_grader)


def serve_grader(
    host: Annotated[
        str, typer.Option(help="Address to listen on; another than loopback needs a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 0,
    socket: Annotated[
        Path | None,
        typer.Option(
            "--socket", metavar="PATH", help="Listen on this unix socket instead, for this user only."
        ),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            envvar="ASSAY_TOKEN",
            help="Bearer token that every request must carry. Rather set the variable: other users see arguments.",
        ),
    ] = None,
    workers: WorkersOption = None,
    timeout: TimeoutOption = None,
    all_tests: AllTestsOption = False,
    packages: PackagesOption = None,
    allow_weak_sandbox: WeakOption = False,
    queue: Annotated[
        int, typer.Option(min=1, help="Samples taken on and not answered, at most; then 429.")
    ] = 20_000,
    max_body_mb: Annotated[
        int, typer.Option("--max-body-mb", min=1, help="Size of a request in MiB, at most.")
    ] = 64,
    deadline: Annotated[
        float, typer.Option(min=0.1, help="Seconds that one request may take, at most.")
    ] = 300.0,
    grace: Annotated[
        float, typer.Option(min=0.0, help="Seconds to answer what was taken on, at the end.")
    ] = 60.0,
) -> None:
    """Grade over HTTP: prints its address as one JSON line, and serves until Ctrl-C or SIGTERM."""
    from modelassay.grading.grader import Grader
    from modelassay.grading.sandbox.limits import Limits
    from modelassay.service.grading_service import GradingService, ServiceLimits
    from modelassay.service.server import Server, check_open, serve

    check_open(host, socket, token)
    limits = ServiceLimits(max_body_mb << 20, queue, deadline, grace_seconds=grace)
    number = workers or os.cpu_count() or 1
    sandboxed = Limits(cpu_seconds=timeout, packages=split_names(packages))
    ended = threading.Event()
    for number_of_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number_of_signal, lambda *_: ended.set())
    with Grader(sandboxed, workers=number, allow_weak=allow_weak_sandbox, all_tests=all_tests) as grader:
        service = GradingService(grader, limits, number)
        server = Server(service, host, port, socket, token)
        done = serve(server, service, lambda address: data(msgspec.json.encode(address).decode()), ended)
    if not done:
        say(f"assay: some requests were not answered within {grace:g} s")
        raise typer.Exit(1)
