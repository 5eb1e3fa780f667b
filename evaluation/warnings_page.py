"""What the page of results says of warnings: policies, references of the truth, planted schemes, event-risk models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["warning_sections"]


def warning_sections(folder: Path) -> list[str]:
    """Return the lines of the sections whose figures are kept in ``folder``."""
    lines: list[str] = []
    for name, write in (("warnings", _warnings), ("hazards", _hazards)):
        path = folder / f"{name}.json"
        if path.exists():
            lines += write(json.loads(path.read_text(encoding="utf-8")))
    return lines


def _warnings(kept: dict[str, Any]) -> list[str]:
    told = kept["result"]
    return [
        "",
        "## warnings",
        "",
        f"Practice zone, {told['zone']}; simulated. {kept['date']}, {kept['machine']}. {told['month_ends']} month",
        f"ends, at most {told['share']:.0%} of the scored under an open warning at each (a stock). All policies have",
        "the same capacity and rules (`credit_risk.evaluation.warned`); *oracle*, *hidden_hazard* and *felt_hazard*",
        "are references of the truth (`evaluation/foresight.py`); false alarms are a 1,000 enterprise-months.",
        "",
        *_policies(told["policies"]),
        *_of_references(told),
        *_heads_and_levels(told),
        *_planted(told["planted"]["schemes"]),
        *_honest(told["planted"]),
    ]


def _policies(policies: dict[str, Any]) -> list[str]:
    lines = [
        "| policy | episodes | precision | lift | events warned | lead, months | repeats | false alarms |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for policy, f in policies.items():
        cells = [_cell(f["precision"]), f"{f['lift']:.1f}", _cell(f["warned"]), _cell(f["lead_months"])]
        cells += [f"{f['repeats']:.1%}", f"{f['false_alarms']:.1f}"]
        lines.append(f"| {policy} | {f['episodes']:,} | " + " | ".join(cells) + " |")
    return lines


def _of_references(told: dict[str, Any]) -> list[str]:
    """Return the share of what each reference warned; the bar of 70 % is asked of the risk known at t."""
    return [
        "",
        "Events warned, of what was warned by (asked: 70 % of the hidden risk known at t)",
        "",
        f"- the hidden hazard at t, the simulation's plans in it: **{told['of_hidden_hazard']:.1%}**;",
        f"- the hidden hazard with events that had happened but were untold at t: **{told['of_oracle']:.1%}**;",
        f"- the hidden hazard without the plans of schemes: **{told['of_felt_hazard']:.1%}**.",
        "",
    ]


def _heads_and_levels(told: dict[str, Any]) -> list[str]:
    heads, bare = (told["policies"][name]["by_head"] for name in ("signals", "without_lanes"))
    lines = ["| head | events | warned | lead, months | warned without lanes |", "|---|---:|---:|---:|---:|"]
    lines += [
        f"| {n} | {h['events']:,} | {h['warned']:.1%} | {_months(h['lead_months'])} | {bare[n]['warned']:.1%} |"
        for n, h in heads.items()
    ]
    lines += ["", "| level | warnings a month | met an event within 12 months |", "|---|---:|---:|"]
    lines += [f"| {n} | {v['a_month']:,.0f} | {v['event_rate_12m']:.1%} |" for n, v in told["levels"].items()]
    return lines


def _planted(schemes: dict[str, Any]) -> list[str]:
    """Return what was found of each scheme by the warnings and by the references at the same budget."""
    references = list(next(iter(schemes.values()))["references"])
    titles = " | ".join(n.replace("_", " ") for n in references)
    lines = [
        "",
        "Planted members that struck while the lists were kept (*due*): warned before it was told, with exact 95 %",
        "intervals, beside what references of the truth found with the same places (*felt change*: the rise of the",
        "hidden risk within 12 months). *Under way*: at it at a judged month end, whether they struck or not.",
        "*Possible*: the median lead of a list that holds all due from their first day on. Who stood on the very",
        "first list (*on the first*) could not be led by more, so *settled* is the median lead of all due by Kaplan",
        "and Meier: those leads are no less than seen, and none where nothing was found.",
        "",
        "| planted | due | warned before | lead, months | possible | on the first | settled "
        f"| {titles} | under way | listed meanwhile |",
        "|---|---:|---:|---:|---:|---:|---:|" + "---:|" * len(references) + "---:|---:|",
    ]
    for name, v in schemes.items():
        cells = [_share(v, "found"), _months(v["lead_months"])]
        cells += [_months(v["lead_possible"]), str(v["on_first"]), _months(v["lead_settled"])]
        cells += [_whole(v["references"][n]) for n in references]
        cells += [f"{v['under_way']:,}", _share(v, "seen")]
        lines.append(f"| {name} | {v['due']:,} | " + " | ".join(cells) + " |")
    return lines


def _share(told: dict[str, Any], rate: str) -> str:
    if told[rate] is None:
        return "–"
    return f"**{told[rate]:.0%}**<br>{told[f'{rate}_low']:.0%}–{told[f'{rate}_high']:.0%}"


def _honest(planted: dict[str, Any]) -> list[str]:
    """Return how often honest look-alikes stood under a warning, and months with a dead line beside others."""
    lines = ["", "| honest look-alikes | members | months under a warning |", "|---|---:|---:|"]
    lines += [
        f"| {n} | {v['members']:,} | {_rate(v['months_warned'])} |" for n, v in planted["look_alikes"].items()
    ]
    lines += [f"| *everybody* | | {_rate(planted['everybody_months_warned'])} |", ""]
    down = planted["outages"]
    return [
        *lines,
        f"With any warning at the {down['month_ends_dead']} month ends with a dead line: "
        f"{_rate(down['warned_dead'])}; at the others: {_rate(down['warned_others'])}.",
    ]


def _hazards(kept: dict[str, Any]) -> list[str]:
    told = kept["result"]
    lines = [
        "",
        "## warnings: event-risk models",
        "",
        f"Practice zone of the warnings, known {told['known_at']}, {told['observations']:,} later observations with",
        f"{told['events']:,} events within 12 months. {kept['date']}, {kept['machine']}.",
        "",
        "| model | Harrell's C | ROC-AUC, 6 months | ROC-AUC, 12 months |",
        "|---|---:|---:|---:|",
    ]
    return lines + [
        f"| {name} | {_cell(f['c_index'])} | {_cell(f['auc_6m'])} | {_cell(f['auc_12m'])} |"
        for name, f in told["models"].items()
    ]


def _months(months: float | None) -> str:
    return "–" if months is None else f"{months:.1f}"


def _whole(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.0%}"


def _rate(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.1%}"


def _cell(interval: dict[str, float | None] | None) -> str:
    if interval is None or interval["value"] is None:
        return "–"
    text = f"**{interval['value']:.3f}**"
    return text if interval["low"] is None else f"{text}<br>{interval['low']:.3f}–{interval['high']:.3f}"
