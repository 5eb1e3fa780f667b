"""Catalogue, matrix, observations, outcomes and training sets."""

from credit_risk.features.catalogue import Catalogue
from credit_risk.features.matrix import Matrix

__all__ = ["Catalogue", "Matrix"]
