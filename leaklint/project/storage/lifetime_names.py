"""Names that tell how long objects live: of what they own, of their methods and of their classes."""

from __future__ import annotations

import re

RUNNING = re.compile(
    r"(^|\.)(Thread|Timer|Task|Lock|RLock|Condition|Semaphore|BoundedSemaphore|Event|Queue|SimpleQueue|PriorityQueue"
    r"|socket|Selector|DefaultSelector|ThreadPoolExecutor|ProcessPoolExecutor|AbstractEventLoop|new_event_loop"
    r"|create_task|ensure_future|LoopingCall|IOLoop|ClientSession|AsyncClient"
    r"|create_connection|open_connection|start_server|create_server|allocate_lock|Process|Pool|ConnectionPool"
    r"|PeriodicCallback|HTTPServer|TaskGroup|create_task_group|spawn|spawn_n|GreenPool)$"
)
"""Constructors whose results belong to objects that run for long."""

GUARD = re.compile(r"(Lock|Condition|Semaphore|Event|Queue|allocate_lock)$")
"""Those of them that wait for others: whoever owns one is used by several at once, and may still be used once only."""

ENDING = re.compile(
    r"a?close(_|$)|shut_?down(_|$)|stop(_(all|server|now|async|sync|gracefully)|_\w+s)?$|destroy(_|$)|dispose(_|$)|terminate(_|$)|disconnect(_|$)|wait_closed$"
    r"|tear_?down(_|$)|unsubscribe(_|$)|(on_)?(connection_lost|connectionLost|disconnect|session_end)$"
)
"""Methods that end an object which lives longer than a call."""

STOPPING = re.compile(r"(a?sync_|a)?(shut_?down|stop|disconnect|terminate)(_async|_sync)?")
"""Those of them that end something which runs, while files and the like are closed as well."""

LASTING_NAME = re.compile(
    r".*(Server|Client|Pool|Manager|Registry|Cache|Store|Storage|Broker|Connection|Dispatcher|Scheduler|Clock|Bus|Hub|Service"
    r"|Provider|Tracer|Exporter|Processor|Handler|Middleware|Gateway|Backend|Engine|Loader|Resolver|Repository|Limiter"
    r"|Layer|Session|Transport|Channel|Supervisor|Monitor|Collector|Factory|Router|Queue|Reader|Runtime|Preparer|Publisher|Producer"
    r"|Consumer|Subscriber|Broadcaster|Emitter|Notifier|Watcher|Tracker|Recorder|Aggregator|Throttler|Throttle)s?$"
)

SPANNING_NAME = re.compile(
    r"(?!.*(Null|Dummy|Fake|Mock|Noop|NoOp))\w*(Limiter|Throttler|Throttle|Breaker|Cache|Pool|Registry|Bus|Emitter|Broker|Deduplicator"
    r"|Debouncer|Memoizer)$"
)
"""What is of no use within a single call: who limits, caches or hands out has to remember from one call to the next."""

_OPPOSITE = {
    "start": "stop", "connect": "disconnect", "subscribe": "unsubscribe", "add": "remove",
}  # fmt: skip
_BEGINNING = re.compile(r"(start|connect|subscribe|add(?=_?\w*([lL]istener|[hH]andler|[cC]allback|[oO]bserver)))(\w*)$")
_PAIRS = (
    ("startup", "shutdown"),
    ("connection_made", "connection_lost"),
    ("connectionMade", "connectionLost"),
    ("on", "off"),
    ("on", "remove_listener"),
)


def pair(methods: frozenset[str]) -> tuple[str, str] | None:
    """Two of the methods, one of which takes back what the other does: what is between them is longer than a call."""
    begun = [(name, _BEGINNING.match(name)) for name in sorted(methods)]
    opposites = [(name, _OPPOSITE[found[1]] + found[3]) for name, found in begun if found is not None]
    return next((each for each in (*opposites, *_PAIRS) if methods.issuperset(each)), None)


APPLICATION_CALLS = frozenset({("environ", "start_response"), ("scope", "receive", "send")})
"""The parameters by which a server calls an application, WSGI and ASGI: one object serves every request."""

HOSTED_NAME = re.compile(
    r".*(Tracer|Exporter|Processor|Middleware|CallbackHandler|Plugin|Extension|Provider|Listener|Observer|Interceptor|Servicer"
    r"|Instrumentor|Storage|Backend|Store)s?$"
)
HOST_BASE = re.compile(
    r"\.\w*(Tracer|Exporter|Processor|Middleware|Handler|Plugin|Extension|Provider|Listener|Observer|Interceptor|Servicer"
    r"|Instrumentor|Storage|Backend|Store)\w*$"
)
"""What another library calls back, and keeps to be able to."""

CALLED_BACK = re.compile(
    r"\.\w*(CallbackHandler|SpanProcessor|LogRecordProcessor|Exporter|Tracer|Middleware|Interceptor|Instrumentor|Observer)\w*$"
)
"""Bases that tell it whatever the class is called."""

PROGRAM = re.compile(
    r"_*(async_|a)?(main|run|start|serve|launch|execute|work|loop|listen|daemon|app|cli|command|console|monitor|watch|consume|poll"
    r"|create|make|build|get|open|connect|set_?up|init|handle|process|forever)"
)
"""Functions that may be a program, or give what they make to its user."""

SHORT_NAME = re.compile(
    r".*(Form|Serializer|Builder|Parser|Visitor|Transformer|Request|Response|Message|Event|Error|Exception|Result|Context|ContextManager"
    r"|Options|Config|Command|Migration|Test|TestCase|Mixin|Node|Token|Formatter|Printer|Writer|Iterator|Generator|Query"
    r"|Statement|Expression|Span|Transaction|Scope|Task|Job|Row|Cursor|Guard|Timer|Progress|Frame|Block|Batch|Chunk|Packet|File|Path|Url|Headers?|Settings|Arguments|Params|Credentials|Field|Widget|Page|View|Item|Entry|Record|State|Info|Spec|Schema|Model|Plan|Report|Flow|Wizard)s?$"
)

BEGINNING_NAME = re.compile(r"_*((on_)?start(_?up)?|set_?up|initiali[sz]e|connection_?[mM]ade|start[A-Z]\w*)$")
"""Methods with which an object begins."""

STREAM_NAME = re.compile(
    r"_*(\w+_)?(websocket|ws|socket|sock|conn|connection|consumer|channel|transport|subscription|pubsub|receiver|listener"
    r"|inbox|stream|reader|subscriber)$"
)
"""What gives something new each time that it is looked at: no collection of the program's."""
