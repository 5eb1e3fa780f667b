"""What stands around the model: facts, bounds, human decisions, other departments' ratings, measures, inspections.

facts        what is so of an enterprise at t by usable records
ratings      other departments' ratings, read on one scale by dated crosswalks
fusion       ratings into one class; agreement; conflicts
standing     model class, bounds, human decision and ratings of one enterprise, side by side
overrides    human decisions: proposed, approved by a second person, dated, ended; every act stays
measures     which published measures may be proposed
commitments  who may commit in place of approval or papers
lists        the mirrored list and the candidates
planner      which enterprises to inspect, and how each was chosen

Nothing here acts: everything is proposed to people, with its basis.
"""

from credit_risk.policy.book_of_policy import Policy
from credit_risk.policy.overrides import Override, Overrides
from credit_risk.policy.standing import STANDING_SCHEMA, Standing

__all__ = ["STANDING_SCHEMA", "Override", "Overrides", "Policy", "Standing"]
