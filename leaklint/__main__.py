"""`python -m leaklint`."""

from leaklint.cli import entry

if __name__ == "__main__":
    entry()
