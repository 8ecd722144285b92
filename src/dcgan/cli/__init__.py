"""The command line: one file a command. Reads arguments, calls one function, prints."""
