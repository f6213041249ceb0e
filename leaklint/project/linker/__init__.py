"""Symbols, flow and the call graph: from the facts of all files to a solved program."""
