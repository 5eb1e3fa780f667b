"""``credit-risk features``: build indicators, or write the data dictionary."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from credit_risk.cli.app import BookFolder, app, err
from credit_risk.cli.progress import Step
from credit_risk.cli.score import AsOf, as_known
from credit_risk.features.dictionary import dictionary, dictionary_page
from credit_risk.zone import Book

__all__: list[str] = []

group = typer.Typer(no_args_is_help=True, help="指标 · Indicators of the catalogue.")
app.add_typer(group, name="features")


@group.command()
def build(
    as_of: AsOf,
    to: Annotated[Path, typer.Option("--to", help="Parquet or CSV file to write.")],
) -> None:
    """计算指标 · Compute every indicator of every enterprise as known at a time.

    Example: `credit-risk features build --as-of 2026-06-30 --to indicators.parquet`
    """
    book = Book.open(BookFolder.path)
    t = as_known(as_of)
    with Step("计算指标", "Computing indicators"):
        known = book.records.known(book.recipe().observations.subjects or "registration", t)
        subjects = known.select("subject").distinct().to_pandas()["subject"].tolist()
        table = book.matrix.build(subjects, t, list(book.catalogue.entries)).to_pandas()
        table.to_csv(to, index=False) if to.suffix == ".csv" else table.to_parquet(to, index=False)
    err.print(f"  {len(table):,} × {table.shape[1] - 1} → {to}", markup=False)


@group.command(name="dictionary")
def write_dictionary(
    to: Annotated[Path, typer.Option("--to", help="Markdown or HTML file to write.")] = Path(
        "docs/data_dictionary.md"
    ),
) -> None:
    """数据字典 · Write the data dictionary that the catalogue implies; as HTML it can be searched.

    Example: `credit-risk features dictionary --to dictionary.html`
    """
    book = Book.open(BookFolder.path)
    to.parent.mkdir(parents=True, exist_ok=True)
    written = dictionary_page if to.suffix == ".html" else dictionary
    to.write_text(written(book.catalogue), encoding="utf-8")
    err.print(f"  {len(book.catalogue.entries)} 项指标 indicators → {to}", markup=False)
