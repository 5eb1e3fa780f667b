"""What an independent validator asks of a model, as tables of one report.

correct   calibration per grade and for all
fair      segments with floors, gaps between them
stable    the score between training and now, reasons between seeds
rests_on  what the model rests on: each department's records and the relations left out, missing, or shocked
challenged what the model has to beat, and by how much, segment by segment
swaps     whom a challenger would treat otherwise than the champion, and why
"""

from credit_risk.evaluation.validation.challenged import challenger_tables, rankings
from credit_risk.evaluation.validation.correct import calibration_tables
from credit_risk.evaluation.validation.fair import segment_tables, thin_table
from credit_risk.evaluation.validation.rests_on import ablation_table, stress_table
from credit_risk.evaluation.validation.stable import reason_stability, score_stability
from credit_risk.evaluation.validation.swaps import swap_table

__all__ = [
    "ablation_table",
    "calibration_tables",
    "challenger_tables",
    "rankings",
    "reason_stability",
    "score_stability",
    "segment_tables",
    "stress_table",
    "swap_table",
    "thin_table",
]
