"""The credit report of an enterprise for one lawful use."""

from credit_risk.serving.report.compose import CreditReport, compose_report, lawful_line
from credit_risk.serving.report.living import Living, told_of
from credit_risk.serving.report.page import report_json, report_page
from credit_risk.serving.report.pdf import report_pdf

__all__ = [
    "CreditReport",
    "Living",
    "compose_report",
    "lawful_line",
    "report_json",
    "report_page",
    "report_pdf",
    "told_of",
]
