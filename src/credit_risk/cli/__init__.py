"""The command line, one file a command."""

from credit_risk.cli.app import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line."""
    app()
