"""The command line, one file a command."""

from credit_risk.cli import (  # noqa: F401  each import adds its command to the app
    archive,
    audit,
    demo,
    doctor,
    evaluate,
    explain,
    features,
    identity,
    ingest,
    init,
    judge_warnings,
    keys,
    lists,
    monitor,
    override,
    pictures,
    plan,
    promote,
    ratings,
    recourse,
    relate,
    replay,
    report,
    score,
    serve,
    share,
    simulate,
    standing,
    stress,
    suppose,
    train,
    train_events,
    users,
    validate,
    verdicts,
    warn,
)
from credit_risk.cli.app import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line."""
    app()
