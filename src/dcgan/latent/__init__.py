"""Experiments on z with a loaded model."""
