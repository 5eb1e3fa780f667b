"""Migrations by Alembic, run when a store is opened; a store that is up to date costs one query."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect, text

__all__ = ["HEAD", "bring_up_to_date"]

FOLDER = Path(__file__).with_name("migrations")
HEAD = max(path.stem for path in (FOLDER / "versions").glob("[0-9]*.py"))


def bring_up_to_date(engine: Engine) -> None:
    """Upgrade the schema to the newest revision; the whole upgrade happens or nothing of it."""
    if _revision(engine) == HEAD:
        return
    from alembic import command  # a second to import, and needed only here
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["engine"] = engine
    command.upgrade(config, "head")


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
