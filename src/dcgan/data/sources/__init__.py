"""Where pictures come from: one file a kind of source, and ``open.py``, which tells them apart."""
