"""One evaluation as one page: a self-contained HTML file, Chinese first with English beside it.

content   what a report says, as plain data
words     how metrics, levels and fields are called
curves    what the figures show, as numbers
figures   the figures
drawing   how every figure looks, in light and in dark
page      what the template needs that the content does not say
write     content in, file out
"""

from credit_risk.evaluation.report.content import (
    Enterprise,
    Importance,
    Part,
    PlainTable,
    ReportContent,
    SourceFile,
    Variant,
    WarningLine,
    Words,
)
from credit_risk.evaluation.report.write import write_report

__all__ = [
    "Enterprise",
    "Importance",
    "Part",
    "PlainTable",
    "ReportContent",
    "SourceFile",
    "Variant",
    "WarningLine",
    "Words",
    "write_report",
]
