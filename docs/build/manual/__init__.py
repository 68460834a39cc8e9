"""The parts of the manual that are made from the code, so that no page can say what the code no longer does."""
