"""What a warning says: its signals with their records and words as JSON, its good news, what it foresees."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from credit_risk.book import Rules
from credit_risk.book.schema import Signal, Text
from credit_risk.warnings.backed import joined
from credit_risk.warnings.fuse import LEVELS

__all__ = ["heads_of", "news_of", "signals_of"]

PLACE = "\0"  # stands where the evidence goes


def signals_of(
    rules: Rules, backed: list[pa.RecordBatch], subjects: Sequence[str]
) -> tuple[pa.Array, list[list[str]]]:
    """Return of each subject its signals as JSON, the worst first, and their codes.

    ``backed`` holds the signals with their records (``BACKED_SCHEMA``), those of a subject in one part. The parts are
    taken from the list as they are told, so that what was read and what is said do not stand side by side.
    """
    codes = sorted(rules.signals, key=lambda code: (LEVELS.index(rules.signals[code].level), code))
    around = [_around(_said(rules.signals[code])) for code in codes]
    before, after = (pa.array(side, pa.string()) for side in zip(*around, strict=True))
    whose, texts, named = [], [], []
    while backed:
        part = backed.pop()
        subject = part["subject"].to_pandas().to_numpy(object)
        signal = pc.index_in(part["signal"], pa.array(codes, pa.string())).to_numpy()
        order = np.lexsort([signal, pd.factorize(subject)[0]])
        subject, signal = subject[order], signal[order]
        starts = np.flatnonzero(np.append(True, subject[1:] != subject[:-1]))
        records = part["records"].take(pa.array(order))
        sides = [side.take(pa.array(signal)) for side in (before, after)]
        texts.append(joined(pc.binary_join_element_wise(sides[0], records, sides[1], ""), starts))
        whose.append(subject[starts])
        named += [[codes[i] for i in own] for own in np.split(signal, starts[1:])]
    if not texts:
        return pa.array([], pa.string()), []
    place = pd.Index(np.concatenate(whose)).get_indexer(pd.Index(subjects))
    told = pa.chunked_array(texts).cast(pa.large_string()).combine_chunks()
    texts.clear()  # much memory: no more than two copies of all that is said
    return told.take(pa.array(place)), [named[i] for i in place]


def heads_of(rules: Rules, codes: Sequence[str]) -> list[str]:
    """Return the outcomes that the signals foresee, in the order of the book; a signal that names none foresees any."""
    every = [h for model in rules.event_models.values() for h in model.heads]
    named = {h for code in codes for h in (rules.signals[code].heads or every)}
    return [h for h in dict.fromkeys([*every, *sorted(named)]) if h in named]


def news_of(rules: Rules, codes: Sequence[str], held: Sequence[bool]) -> str:
    """Return the good news that holds as JSON."""
    told = [
        {"good_news": code, "says": _both(rules.good_news[code].says)}
        for code, yes in zip(codes, held, strict=bool(held))
        if yes
    ]
    return json.dumps(told, ensure_ascii=False)


def _said(signal: Signal) -> dict[str, Any]:
    told: dict[str, Any] = {
        "signal": signal.signal,
        "level": signal.level,
        "kind": signal.kind,
        "title": _both(signal.title),
        "says": _both(signal.says),
        "horizon_months": signal.horizon_months,
        "department": signal.department,
        "action": _both(signal.action),
    }
    if signal.matter:
        told |= {"matter": _both(signal.matter), "confidence": signal.confidence}
    return told


def _around(said: dict[str, Any]) -> tuple[str, str]:
    """Return the JSON of a signal before and after its evidence."""
    before, after = json.dumps({**said, "evidence": PLACE}, ensure_ascii=False, sort_keys=True).split(
        json.dumps(PLACE)
    )
    return before, after


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
