"""The ledger: what became of every warning, who decided it, when and why."""

from credit_risk.warnings.ledger.audit import VERDICTS, AuditSample, Drawn
from credit_risk.warnings.ledger.case import Case, Move, Person, Queue
from credit_risk.warnings.ledger.fold import Folded
from credit_risk.warnings.ledger.grounds import GUESS, confirmable, standing_grounds
from credit_risk.warnings.ledger.history import proposer
from credit_risk.warnings.ledger.kept_back import WHY, KeptBack
from credit_risk.warnings.ledger.ledger import Ledger
from credit_risk.warnings.ledger.overview import Mark, merged
from credit_risk.warnings.ledger.states import ACTS, DECIDED, OPEN, STATES, Act, State
from credit_risk.warnings.ledger.usable import still_usable
from credit_risk.warnings.ledger.verdicts import check_unbiased, publish_verdicts, verdicts

__all__ = [
    "ACTS",
    "DECIDED",
    "GUESS",
    "OPEN",
    "STATES",
    "VERDICTS",
    "WHY",
    "Act",
    "AuditSample",
    "Case",
    "Drawn",
    "Folded",
    "KeptBack",
    "Ledger",
    "Mark",
    "Move",
    "Person",
    "Queue",
    "State",
    "check_unbiased",
    "confirmable",
    "merged",
    "proposer",
    "publish_verdicts",
    "standing_grounds",
    "still_usable",
    "verdicts",
]
