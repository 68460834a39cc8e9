"""Checks of the calibration: each simulates or leaves out data and returns its tables."""
