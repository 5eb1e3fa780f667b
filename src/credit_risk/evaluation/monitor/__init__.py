"""Is the model still fit for use? A scoring month against the training reference, and against labels once they matured.

drift     inputs, scores and reasons: how far, whether chance explains it, and which alarms stand after many looks
matured   discrimination and calibration per grade of the last month whose outcome is known
label_free what is expected of a month without labels, and what such an estimate cannot see
"""

from credit_risk.evaluation.monitor.drift import ALPHA, LEAST_EFFECT, Drift, decide, drifts, reason_drift
from credit_risk.evaluation.monitor.label_free import LabelFree, label_free
from credit_risk.evaluation.monitor.matured import Matured, matured

__all__ = [
    "ALPHA",
    "LEAST_EFFECT",
    "Drift",
    "LabelFree",
    "Matured",
    "decide",
    "drifts",
    "label_free",
    "matured",
    "reason_drift",
]
