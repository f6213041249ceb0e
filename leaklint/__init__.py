"""leaklint finds what a Python process keeps and nothing ever takes away, and the endpoints that make it grow."""

__version__ = "0.1.0"
