"""The zone's rules: everything a book says, read, checked and hashed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from credit_risk.book import access, naming, policy, recipe, remedy, scale, schema, share, warning_rules
from credit_risk.book import networks as whole
from credit_risk.book.load import Place, RawBook, find_root, read_book
from credit_risk.book.references import check_references
from credit_risk.book.settings import Settings

__all__ = ["Rules", "open_rules"]


@dataclass(frozen=True)
class Rules:
    """A checked book.

    Attributes
    ----------
    root : Path
        Folder of ``credit-risk.toml``.
    hash : str
        SHA-256 over every file of the book, in path order; part of every lineage.

    """

    root: Path
    settings: Settings
    hash: str
    records: dict[str, schema.RecordType]
    relations: dict[str, schema.RelationType]
    stops: dict[str, whole.Stop]
    networks: dict[str, whole.NetworkRule]
    patterns: dict[str, whole.Pattern]
    sources: dict[str, schema.SourceRule]
    tree: dict[str, schema.TreeNode]
    indicators: dict[str, schema.Indicator]
    outcomes: dict[str, schema.Outcome]
    recipes: dict[str, recipe.Recipe]
    ladders: dict[str, scale.Ladder]
    grades: dict[str, scale.GradeBand]
    depths: dict[str, scale.DepthBand]
    signals: dict[str, schema.Signal]
    event_models: dict[str, warning_rules.EventModel]
    anomalies: dict[str, warning_rules.Anomaly]
    good_news: dict[str, warning_rules.GoodNews]
    scenarios: dict[str, warning_rules.Scenario]
    scenes: dict[str, access.Scene]
    roles: dict[str, access.Role]
    crosswalks: dict[str, policy.Crosswalk]
    fusions: dict[str, policy.Fusion]
    facts: dict[str, policy.Fact]
    caps: dict[str, policy.Cap]
    measures: dict[str, policy.Measure]
    supervision: dict[str, policy.Supervision]
    lists: dict[str, policy.ListRule]
    commitments: dict[str, policy.CommitmentRule]
    remedies: dict[str, remedy.Remedy]
    harmless: dict[str, remedy.Harmless]
    shares: dict[str, share.Share]
    names: dict[str, naming.Naming]
    places: dict[tuple[str, str], Place]

    @property
    def var(self) -> Path:
        """Folder of everything the engine writes; safe to delete. ``CREDIT_RISK_VAR`` moves it."""
        moved = os.environ.get("CREDIT_RISK_VAR")
        return Path(moved) / self.settings.name if moved else self.root / self.settings.var

    @property
    def inbox(self) -> Path:
        """Folder in which the departments' files arrive."""
        moved = os.environ.get("CREDIT_RISK_VAR")
        if moved and self.settings.inbox.startswith(self.settings.var + "/"):
            return self.var / self.settings.inbox.removeprefix(self.settings.var + "/")
        return self.root / self.settings.inbox


def open_rules(path: str | Path = ".") -> Rules:
    """Read and check the book at ``path`` or its nearest parent.

    Raises
    ------
    InputError
        No ``credit-risk.toml`` there or above.
    BookError
        A file says something unknown, wrong or dangling; names file, line and key.

    """
    raw: RawBook = read_book(find_root(Path(path)))
    check_references(raw)
    return Rules(
        root=raw.root,
        settings=raw.settings,
        hash=raw.hash,
        places=raw.places,
        **raw.entries,
    )
