"""The way from an enterprise to the neighbours that a reason speaks of: who, over whom, each hop with its source."""

from __future__ import annotations

from typing import Any

from credit_risk.book import Rules
from credit_risk.features.language import parse
from credit_risk.graph.network import Network
from credit_risk.graph.views import Path, paths_between

__all__ = ["with_paths"]

MOST = 5  # neighbours of one indicator


def with_paths(
    rules: Rules, network: Network, subject: str, reasons: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return told reasons with ``paths`` at every indicator that speaks of neighbours.

    A path goes to an enterprise whose records are evidence: ``neighbour`` and ``hops``, each with from, to, kind,
    since, source and record id. People and addresses in between have their pseudonyms. Relations of the kinds that the
    indicator looks across are preferred; where none leads there (no longer in force), there is no path.
    """
    return [
        {**reason, "indicators": [_with(rules, network, subject, one) for one in reason["indicators"]]}
        for reason in reasons
    ]


def _with(rules: Rules, network: Network, subject: str, shown: dict[str, Any]) -> dict[str, Any]:
    if not shown.get("transmitted"):
        return shown
    kinds, about = _kinds(rules, shown["name"], set()), [e["about"] for e in shown["evidence"]]
    neighbours = [n for n in dict.fromkeys(about) if n != subject and ":" not in n][:MOST]
    found = [(n, _best(paths_between(network, subject, n), kinds)) for n in neighbours]
    paths = [{"neighbour": n, "hops": _hops(path)} for n, path in found if path is not None]
    return {**shown, "paths": paths}


def _best(paths: list[Path], kinds: set[str]) -> Path | None:
    """Return the shortest path over these kinds of relations, else the shortest."""
    fitting = [p for p in paths if all(tie.kind in kinds for tie in p.ties)]
    return next(iter([*fitting, *paths]), None)


def _hops(path: Path) -> list[dict[str, Any]]:
    return [
        {
            "from": one, "to": other, "kind": tie.kind, "since": str(tie.since), "source": tie.source,
            "record_id": tie.record_id,
        }
        for one, other, tie in zip(path.nodes, path.nodes[1:], path.ties, strict=False)
    ]  # fmt: skip


def _kinds(rules: Rules, name: str, seen: set[str]) -> set[str]:
    """Return the relation types that an indicator looks across, itself or through what it combines."""
    rule = rules.indicators.get(name)
    if rule is None or name in seen:
        return set()
    if rule.over is not None:
        every = rule.over.relation
        return set(rules.relations) if every == "any" else set(every)
    inner = parse(rule.value).names & set(rules.indicators)
    return {kind for n in inner for kind in _kinds(rules, n, seen | {name})}
