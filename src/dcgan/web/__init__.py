"""The page: its built files, and what serves them on this machine."""
