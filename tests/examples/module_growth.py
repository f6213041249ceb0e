"""Ways in which a module-level collection grows, and removals that are none of it."""

CODE = "LK101"

FLAGGED = [
    """
import heapq

DEADLINES = []


def on_order(order):
    heapq.heappush(DEADLINES, (order.due, order.number))  # LK101
""",
    """
AUDIT: list[str] = []


def on_change(user, fields):
    AUDIT.extend(f"{user}:{field}" for field in fields)  # LK101


def on_login(user):
    global AUDIT
    AUDIT.insert(0, user)
    AUDIT += [user]
""",
    """
# A guard against doubles is no bound: there are as many entries as there are different names.
UNKNOWN_MODELS = []


def price_of(model, prices):
    if model not in prices:
        if model not in UNKNOWN_MODELS:
            UNKNOWN_MODELS.append(model)  # LK101
        return 0
    return prices[model]
""",
    """
from flask import Flask, request

app = Flask(__name__)
MESSAGES = {}


@app.post("/rooms/<room>")
def post_message(room):
    MESSAGES.setdefault(room, []).append(request.get_json())  # LK101
    return "", 204
""",
    """
from flask import Flask, request

app = Flask(__name__)
OVERRIDES = {"theme": "light"}


@app.post("/settings")
def save_settings():
    OVERRIDES.update(request.get_json())  # LK101
    return OVERRIDES
""",
    """
TRACE = ""


def on_line(line):
    global TRACE
    TRACE += line  # LK101
""",
    """
RECEIVED = bytearray()


def on_data(chunk):
    RECEIVED.extend(chunk)  # LK101
    return len(RECEIVED)
""",
    """
import io

TRANSCRIPT = io.StringIO()


def on_output(text):
    TRANSCRIPT.write(text)  # LK101
""",
    """
# Rebinding to something that holds all of the old is growth.
ROWS = ()
OPTIONS = {}


def on_row(row):
    global ROWS
    ROWS = ROWS + (row,)  # LK101


def on_option(name, value):
    global OPTIONS
    OPTIONS = {**OPTIONS, name: value}  # LK101
""",
    """
# The key is freed and used again, the value stays.
DETAILS = {}


def annotate(node, text):
    DETAILS[id(node)] = text  # LK101
""",
    """
from collections import Counter

from flask import Flask, request

app = Flask(__name__)
HITS = Counter()


@app.before_request
def count_hit():
    HITS[request.path] += 1  # LK101
""",
    """
import threading

CURRENT_USER = {}


def authenticate(user):
    CURRENT_USER[threading.current_thread()] = user  # LK101
""",
    """
# The outer key is a constant, the list behind it grows all the same.
METRICS = {"latency": [], "errors": 0}


def on_response(seconds):
    METRICS["latency"].append(seconds)  # LK101
""",
    """
# file: shop/store.py
SESSIONS = {}


def remember(token, user):
    SESSIONS[token] = user  # LK101

# file: shop/web.py
from aiohttp import web
from shop import store

routes = web.RouteTableDef()


@routes.post("/login")
async def login(request):
    form = await request.post()
    store.remember(form["token"], form["user"])
    return web.Response()
""",
    """
# file: registry.py
ROOMS = {}

# file: chat.py
from registry import ROOMS as rooms


def on_join(room, member):
    rooms[room] = member  # LK101
""",
    """
# A helper grows what it is handed.
SEARCHES = {}


def put(table, key, value):
    table[key] = value  # LK101


def search(text, index):
    put(SEARCHES, text, index.find(text))
    return SEARCHES[text]
""",
    """
# What is removed is the entry of a copy, and a name.
SESSIONS = {}


def login(token, user):
    SESSIONS[token] = user  # LK101


def logout(token):
    sessions = SESSIONS.copy()
    sessions.pop(token)


def forget(token):
    entry = SESSIONS[token]
    del entry
""",
    """
# file: app/memory.py
FACTS = {}


def learn(subject, fact):
    FACTS[subject] = fact  # LK101

# file: tests/test_memory.py
from app import memory


def test_learn():
    memory.learn("sky", "blue")
    assert memory.FACTS.pop("sky") == "blue"
    memory.FACTS.clear()
""",
    """
# Dead references stay as entries: nothing removes the key.
import weakref

WATCHERS = {}


def watch(widget):
    WATCHERS[widget.name] = weakref.ref(widget)  # LK101
""",
    """
# Only the lock's holder is removed from, not the table that grows.
ACTIVE = {}
TOTALS = {}


def begin(job_id):
    ACTIVE[job_id] = True
    try:
        return job_id
    finally:
        ACTIVE.pop(job_id, None)


def account(customer, amount):
    TOTALS[customer] = TOTALS.get(customer, 0) + amount  # LK101
""",
    """
# A decorator applied while serving fills the registry while serving.
HANDLERS = {}


def handles(name):
    def decorate(function):
        HANDLERS[name] = function  # LK101
        return function

    return decorate


def on_subscribe(client, topic):
    @handles(topic)
    def deliver(message):
        client.send(message)

    return deliver
""",
    """
# The set of known names grows as well, so it is no guard.
KNOWN = set()
SCORES = {}


def meet(name):
    KNOWN.add(name)  # LK101


def score(name, points):
    if name in KNOWN:
        SCORES[name] = points  # LK101
""",
    """
# The guard looks at another table.
QUOTES = {}
LIMITS = {}


def quote(symbol, price):
    if len(LIMITS) > 100:
        LIMITS.clear()
    QUOTES[symbol] = price  # LK101
""",
    """
# `del` of a local name takes nothing out.
SEEN = {}


def on_message(message):
    SEEN[message.id] = message  # LK101
    seen = SEEN
    del seen
""",
    """
# What can't be changed is bound anew, with more in it.
GREETED = frozenset()


def on_hello(user_id):
    global GREETED
    GREETED = GREETED | {user_id}  # LK101
""",
]

CLEAN: list[str] = []
