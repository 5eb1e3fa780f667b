"""Alembic's entry: run the versions on the engine that ``migrate`` hands over."""

from alembic import context

from credit_risk.store.service_tables import metadata

with context.config.attributes["engine"].begin() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
