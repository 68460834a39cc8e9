"""The parts of the manual that are made from the code, so that no page differs from it."""
