"""What an independent validator asks of a model, as tables of one report.

correct   calibration per grade and for all
fair      segments with floors, gaps between them
stable    the score between training and now, reasons between seeds
rests_on  what the model rests on: each department's records and the relations left out, missing, or shocked
swaps     whom a challenger would treat otherwise than the champion, and why
"""

from credit_risk.evaluation.validation.correct import calibration_tables
from credit_risk.evaluation.validation.fair import segment_tables
from credit_risk.evaluation.validation.rests_on import ablation_table, stress_table
from credit_risk.evaluation.validation.stable import reason_stability, score_stability
from credit_risk.evaluation.validation.swaps import swap_table

__all__ = [
    "ablation_table",
    "calibration_tables",
    "reason_stability",
    "score_stability",
    "segment_tables",
    "stress_table",
    "swap_table",
]
