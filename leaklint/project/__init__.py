"""All facts, linked: symbols, call graph, entry points, lifetimes, bounds and key domains."""

from leaklint.project.facade import Project, load
from leaklint.project.linker.program import Program, Source

__all__ = ["Program", "Project", "Source", "load"]
