"""``credit-risk serve``: serve the published snapshot."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from credit_risk.book import open_rules
from credit_risk.cli.app import BookFolder, app, err
from credit_risk.errors import InputError
from credit_risk.explain import Snapshots

__all__: list[str] = []


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 3000,
) -> None:
    """启动服务 · Serve the published scores over HTTP (BentoML). Every call needs a key and a lawful scene.

    Example: `credit-risk keys make --name 外汇系统 --role system --scene foreign_exchange && credit-risk serve`
    """
    rules = open_rules(BookFolder.path)
    if Snapshots(rules.var / "snapshots").current() is None:
        raise InputError("nothing is published yet", hint="credit-risk score --as-of DATE")
    os.environ["CREDIT_RISK_BOOK"] = str(rules.root)
    err.print(
        f"  POST http://{host}:{port}/v1/score · 接口说明 http://{host}:{port}/openapi.json", markup=False
    )
    command = ["-m", "bentoml", "serve", "credit_risk.serving.service:CreditRisk"]
    os.execv(sys.executable, [sys.executable, *command, "--host", host, "--port", str(port)])
