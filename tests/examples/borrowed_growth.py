"""What is kept by the interpreter, a thread or an event loop, and what bounds it there."""

CODE = "LK101"

FLAGGED = [
    """
# Threads of a pool do not end.
import threading

current = threading.local()
current.lines = []


def on_line(line):
    current.lines.append(line)  # LK101
""",
    """
import sys


def on_plugin(name, module):
    sys.modules[name] = module  # LK101


def search_in(path):
    sys.path.append(path)  # LK101
""",
    """
# A header is whatever the client sends.
PAGES = {}


def on_request(request, render):
    language = request.headers["Accept-Language"]
    if language not in PAGES:
        PAGES[language] = render(language)  # LK101
    return PAGES[language]
""",
    """
# Each suspended generator holds its frame.
STREAMS = {}


def lines_of(path):
    yield from open(path)


def begin(user_id, path):
    STREAMS[user_id] = lines_of(path)  # LK101
""",
    """
# A loop for each thread that ever ran one.
import asyncio

SESSIONS = {}


def session(connect):
    loop = asyncio.new_event_loop()
    SESSIONS[loop] = connect()  # LK101
    return SESSIONS[loop]
""",
]

CLEAN = [
    """
import threading

current = threading.local()


def on_request(lines):
    current.lines = []
    for line in lines:
        current.lines.append(line)
""",
    """
import sys


def on_plugin(name, module, path):
    sys.modules[name] = module
    sys.path.append(path)
    try:
        module.run()
    finally:
        sys.path.remove(path)
        sys.modules.pop(name, None)
""",
    """
LANGUAGES = ("de", "en", "fr")
PAGES = {}


def on_request(request, render):
    language = request.headers["Accept-Language"]
    if language not in LANGUAGES:
        return None
    if language not in PAGES:
        PAGES[language] = render(language)
    return PAGES[language]
""",
    """
STREAMS = {}


def lines_of(path):
    yield from open(path)


def begin(user_id, path):
    STREAMS[user_id] = lines_of(path)


def end(user_id):
    STREAMS.pop(user_id).close()
""",
    """
import asyncio
from weakref import WeakKeyDictionary

SESSIONS = WeakKeyDictionary()


def session(connect):
    loop = asyncio.new_event_loop()
    SESSIONS[loop] = connect()
    return SESSIONS[loop]
""",
    """
# The set forgets what the queue lets go.
from collections import deque

SEEN = set()
ORDER = deque()


def on_message(message):
    if message.id in SEEN:
        return
    SEEN.add(message.id)
    ORDER.append(message.id)
    if len(ORDER) > 1000:
        SEEN.discard(ORDER.popleft())
""",
]
