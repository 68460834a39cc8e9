"""Calibration on the dated record: likelihood, priors, fit, posterior and the checks of all of them."""
