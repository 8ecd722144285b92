"""From pictures back to z."""
