"""The credit report of an enterprise for one lawful use."""

from credit_risk.serving.report.compose import CreditReport, compose_report
from credit_risk.serving.report.page import report_json, report_page

__all__ = ["CreditReport", "compose_report", "report_json", "report_page"]
