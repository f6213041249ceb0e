"""Entry points: what the outside calls, how often, and by which chain it reaches a function."""
