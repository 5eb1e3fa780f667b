"""Outages: for some weeks a department delivers nothing, then everything at once."""

from __future__ import annotations

import numpy as np

from credit_risk.simulation.calendar import Calendar
from credit_risk.simulation.draws import RECEIVED, Sheet

__all__ = ["OUTAGES", "delay"]

# File -> (months before the end at which the line goes dead, days until it is mended).
OUTAGES = {"用电缴费.csv": (20, 75), "公积金缴存.csv": (13, 50), "报关单月度汇总.csv": (8, 40)}


def delay(calendar: Calendar, sheets: list[Sheet]) -> list[Sheet]:
    """Receive what fell into an outage on the day it was mended; rows mended after the end are not written."""
    return [_delayed(calendar, sheet) if sheet.file in OUTAGES else sheet for sheet in sheets]


def _delayed(calendar: Calendar, sheet: Sheet) -> Sheet:
    months, days = OUTAGES[sheet.file]
    dead = calendar.starts[max(0, calendar.months - months)].astype("datetime64[s]")
    mended = dead + np.timedelta64(days, "D") + np.timedelta64(9, "h")
    received = sheet.columns[RECEIVED]
    late = np.where((received >= dead) & (received < mended), mended, received)
    order = np.argsort(late, kind="stable")
    columns = {name: column[order] for name, column in {**sheet.columns, RECEIVED: late}.items()}
    return Sheet(sheet.file, columns, sheet.corrected)
