"""``credit-risk serve``: serve the published snapshot."""

from __future__ import annotations

import os
import sys
from datetime import date, timedelta
from typing import Annotated

import typer

from credit_risk.book import Rules, open_rules
from credit_risk.cli.app import BookFolder, app, err
from credit_risk.errors import InputError
from credit_risk.explain import Snapshots
from credit_risk.serving.people import People
from credit_risk.store import open_store

__all__ = ["practice_day"]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SAMPLE_PASSWORD = "practice-zone"
SAMPLE = [
    ("wang", "王监管", "supervisor"),
    ("li", "李复核", "reviewer"),
    ("chen", "陈分析", "analyst"),
    ("sun", "孙审计", "auditor"),
]


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 3000,
    demo: Annotated[
        bool,
        typer.Option(
            "--demo",
            help="Open sample accounts of the practice zone and stand on the morning after its last day.",
        ),
    ] = False,
) -> None:
    """启动服务 · Serve scores and warnings (BentoML): the API for systems, the console for people.

    Every call needs a key and a lawful scene, every page an account.

    Example: `credit-risk demo && credit-risk serve --demo`, then open the console in a browser.
    """
    rules = open_rules(BookFolder.path)
    current = Snapshots(rules.var / "snapshots").current()
    if current is None:
        raise InputError("nothing is published yet", hint="credit-risk score --as-of DATE")
    os.environ["CREDIT_RISK_BOOK"] = str(rules.root)
    if demo:
        if host not in LOOPBACK:
            raise InputError(
                "--demo opens accounts with known passwords: only on this machine", hint="leave --host out"
            )
        os.environ["CREDIT_RISK_TODAY"] = str(practice_day(current))
        _sample_accounts(rules)
    else:
        _say_who_may_sign_in(rules)
    at = f"http://{host}:{port}"
    err.print(
        f"  工作台 console {at}/console/ · POST {at}/v1/score · 接口说明 {at}/openapi.json", markup=False
    )
    command = ["-m", "bentoml", "serve", "credit_risk.serving.service:CreditRisk"]
    os.execv(sys.executable, [sys.executable, *command, "--host", host, "--port", str(port)])


def practice_day(snapshot_id: str) -> date:
    """Return the day on which a practice zone is worked: the one after its snapshot's.

    What people do on it is received after everything that the snapshot knew, so the snapshot stays what it was.
    """
    return date.fromisoformat(snapshot_id[:10]) + timedelta(days=1)


def _say_who_may_sign_in(rules: Rules) -> None:
    """Say how the first account is opened where there is none: without one nobody gets past the sign-in."""
    if any(account.closed_at is None for account in People(open_store(rules.var), rules).all()):
        return
    err.print(
        "  还没有账号 no account yet: credit-risk users add wang --name 王监管 --role supervisor\n"
        "  练习区的示例账号 sample accounts of the practice zone: credit-risk serve --demo",
        markup=False, soft_wrap=True,
    )  # fmt: skip


def _sample_accounts(rules: Rules) -> None:
    """Open the accounts of the practice zone that are not there yet, and say how to sign in."""
    people = People(open_store(rules.var), rules)
    known = {account.user_id for account in people.all()}
    for user_id, name, role in SAMPLE:
        if user_id not in known:
            people.add(user_id, name, role, SAMPLE_PASSWORD)
        err.print(
            f"  账号 account {user_id} · 密码 password {SAMPLE_PASSWORD} · {name} ({role})", markup=False
        )
