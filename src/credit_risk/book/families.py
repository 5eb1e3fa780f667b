"""Families: one entry written once for many of a kind.

An entry of a list may say ``each``; it then stands for one entry per combination, in the order written:

    - each:
        tie: {investor: {of: [invests], zh: 投资者}, branch: {of: [branches], zh: 分支机构}}
        how: [mean, max]
      name: ${tie}_capital_${how}        # investor_capital_mean, investor_capital_max, branch_capital_mean, ...
      over: {relation: "${tie.of}"}      # a text that is one placeholder takes the value as it is, a list here
      title: {zh: "${tie.zh}注册资本", en: "Capital of ${tie}"}

``${tie}`` is the key, ``${tie.zh}`` a value that stands under it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

from credit_risk.errors import BookError, nearest

__all__ = ["members"]

Refuse = Callable[[str, str, object, str | None], BookError]
PLACEHOLDER = re.compile(r"\$\{(\w+)(?:\.(\w+))?\}")


def members(item: Any, refuse: Refuse) -> Iterator[Any]:
    """Yield the entries that ``item`` stands for: itself, or one per combination of its ``each``.

    Parameters
    ----------
    refuse
        Makes the error for (key, expected, came, hint).

    Raises
    ------
    BookError
        ``each`` is no mapping of lists or mappings, or a placeholder names what it does not hold.

    """
    if not isinstance(item, dict) or "each" not in item:
        yield item
        return
    axes = item["each"]
    if not isinstance(axes, dict) or not all(isinstance(a, list | dict) and a for a in axes.values()):
        raise refuse("each", "a mapping of names to lists or mappings", axes, None)
    template = {key: value for key, value in item.items() if key != "each"}
    for keys in product(*axes.values()):
        chosen = {
            axis: (key, axes[axis][key] if isinstance(axes[axis], dict) else {})
            for axis, key in zip(axes, keys, strict=True)
        }
        yield _filled(template, chosen, refuse)


def _filled(value: Any, chosen: Mapping[str, tuple[Any, Any]], refuse: Refuse) -> Any:
    if isinstance(value, dict):
        return {key: _filled(inner, chosen, refuse) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, chosen, refuse) for inner in value]
    if not isinstance(value, str):
        return value
    whole = PLACEHOLDER.fullmatch(value)
    if whole:
        return _found(whole, chosen, refuse)
    return PLACEHOLDER.sub(lambda match: str(_found(match, chosen, refuse)), value)


def _found(match: re.Match[str], chosen: Mapping[str, tuple[Any, Any]], refuse: Refuse) -> Any:
    axis, field = match.groups()
    if axis not in chosen:
        raise refuse("each", f"a placeholder of {', '.join(chosen)}", match.group(), nearest(axis, chosen))
    key, values = chosen[axis]
    if field is None:
        return key
    if not isinstance(values, dict) or field not in values:
        known = values if isinstance(values, dict) else {}
        raise refuse("each", f"{axis}.{key} to hold {field!r}", match.group(), nearest(field, known))
    return values[field]
