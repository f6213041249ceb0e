"""What happens as a program starts, or once: each case beside its twin that is shown."""

from __future__ import annotations

from twins import Cases, twin_tests

CASES: Cases = {
    "a service of Twisted that is started": (
        """
from twisted.application.service import Service

LISTENING = []


class Receiver(Service):
    def {}(self):
        LISTENING.append(self.name)  # MARK
""",
        "startService",
        "receive",
    ),
    "options of a command of Twisted": (
        """
from twisted.python.usage import Options

SEEN = {{}}


class Flags(Options):
    def {}(self):
        SEEN[self["message_id"]] = object()  # MARK
""",
        "postOptions",
        "receive",
    ),
    "an object of which a class has one": (
        """
class Pool:
    instance = None
    addresses = []

    def __init__(self):
        if {}:
            raise RuntimeError("there is one")
        Pool.instance = self
        self.fill()

    def fill(self):
        Pool.addresses.append(self)  # MARK


def pool():
    return Pool()
""",
        "Pool.instance != None",
        "Pool.broken != None",
    ),
    "a server that is told its port": (
        """
WORKERS = {{}}


class Server:
    def serve(self, {}):
        WORKERS[object()] = self  # MARK
""",
        "port",
        "message",
    ),
    "what a program does before its endless loop": (
        """
import time

WORKERS = []


def work():
    {0}
    while True:
        time.sleep(1)
        {1}  # MARK


work()
""",
        ("WORKERS.append(object())", "print(WORKERS)"),
        ("print(WORKERS)", "WORKERS.append(object())"),
    ),
    "a removal in the loop that a program is": (
        """
WAITING = []


def add(item):
    WAITING.append(item)  # MARK


def main(events):
    while events.wait():
        {}


main(open("events"))
""",
        "WAITING.clear()",
        "print(WAITING)",
    ),
}

test_silent, test_its_twin_is_shown = twin_tests(CASES)
