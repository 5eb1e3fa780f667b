"""Where a model of trees tells the values of an indicator apart: at its splits, and nowhere between them.

A fact may be grave and still move no score: from a certain count on the model scores all counts alike. What it takes
before the score can move is read off the trees.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from credit_risk.models.model import CreditModel

__all__ = ["Borders"]


@dataclass(frozen=True, slots=True)
class Borders:
    """By indicator the values at which a split of some tree lies, ascending; a value equal to one lies below it."""

    at: Mapping[str, Sequence[float]]

    @classmethod
    def of(cls, model: CreditModel) -> Borders:
        """Read the trees of a model; one that is not trees alone has no borders that could be told."""
        found: dict[str, set[float]] = {}
        for booster in model.boosters if model.tells_reasons else ():
            dump = booster.dump_model()
            names = dump["feature_names"]
            for tree in dump["tree_info"]:
                for feature, threshold in _splits(tree["tree_structure"]):
                    found.setdefault(names[feature], set()).add(threshold)
        return cls({name: sorted(values) for name, values in found.items()})

    def apart(self, name: str, one: float, other: float) -> bool:
        """Tell whether the model tells two values of an indicator apart."""
        own = self.at.get(name, ())
        return bisect_left(own, one) != bisect_left(own, other)

    def below(self, name: str, value: float) -> float | None:
        """Return the greatest border below a value: down to it nothing changes. None where the model knows none."""
        own = self.at.get(name, ())
        place = bisect_left(own, value)
        return own[place - 1] if place else None


def _splits(root: Mapping[str, Any]) -> list[tuple[int, float]]:
    """Return feature and threshold of every numerical split of a dumped tree."""
    found, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        if "split_feature" in node:
            if node["decision_type"] == "<=":
                found.append((int(node["split_feature"]), float(node["threshold"])))
            waiting += [node["left_child"], node["right_child"]]
    return found
