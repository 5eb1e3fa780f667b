"""Learners behind one interface, calibration, master scale, artefact."""
