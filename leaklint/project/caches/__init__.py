"""Caches that decorators and libraries make, and the verdict on them."""
