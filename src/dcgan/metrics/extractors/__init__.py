"""From pictures to the features that measures compare."""
