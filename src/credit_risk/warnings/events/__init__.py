"""Event risk: discrete-time hazards on monthly panels, the warning models apart from the grade models."""

from credit_risk.warnings.events.artefact import latest_events, load_events, save_events
from credit_risk.warnings.events.model import EventRisk, event_inputs, train_events
from credit_risk.warnings.events.panel import Panel, build_panel, first_exits
from credit_risk.warnings.events.periods import PersonPeriods, person_periods

__all__ = [
    "EventRisk",
    "Panel",
    "PersonPeriods",
    "build_panel",
    "event_inputs",
    "first_exits",
    "latest_events",
    "load_events",
    "person_periods",
    "save_events",
    "train_events",
]
