"""Names that tell how many values something may take: what the standard library and conventions promise."""

from __future__ import annotations

import re

FINITE_ATTRIBUTES = frozenset(
    {"__class__", "__name__", "__qualname__", "__module__", "__file__", "__code__", "__func__", "__self_class__",
     "_meta", "label", "app_label", "model_name", "__origin__", "url_rule", "view_name", "view_class"}
)  # fmt: skip
DEFINED = re.compile(r"__(\w+_)*(module|name|qualname|class|file|package|version|doc|path|type|id)(_\w+)?__$")
"""Attributes that a definition gives itself: the double underscores say that code is written with them."""

LOOKUP = re.compile(
    r"_*((get|find|fetch|load|lookup|select|read)\w*_by_|(get|find|fetch|lookup|select|retrieve)(_one|_first|_or_none)?$)"
)
"""Methods that give what is stored under a key."""

DUMPS = frozenset({"model_dump", "_asdict", "asdict"})
"""What these give has the keys that a model declares."""

FINITE_NAMES = re.compile(
    r"(cls|klass|class_|type_|typ|model_cls|model_class|clazz|owner|mcs|metacls|func|fn|function|method|meth|callable_"
    r"|decorated|wrapped|handler_cls|type|settings|config|configuration|conf|__class__|__name__|__file__)$|.*_(cls|klass|class|type|func|fn|settings|conf|cfg)$"
)
LIKELY_FINITE = re.compile(
    r"_*(\w+_(type|kind|mode|class|format|locale|lang|language|timezone|codec|encoding)|app_label|model_name|model_class|alias|using|db|db_name|database|dialect|vendor|lang(uage)?(_code)?|locale|backend|engine"
    r"|plugin(_name)?|module(_name)?|table(_name)?|codec|encoding|charset|mimetype|content_type|extension|ext|level|status|dialect|outcome|reason|pool(_name)?|time_?frame|exchange(_(name|type))?|market(_type)?"
    r"|http_method|unit|currency|timezone|tz|tzname|field(_name)?|attr(ibute)?(_name)?|column(_name)?|property(_name)?|domain"
    r"|integration|component|platform|service(_name)?|region|provider|driver|scheme|protocol|kind|category|option|setting"
    r"|package(_name)?|dtype|format|fmt|loader|template_name|class_name|func_name|function_name|fullname|qualname|import_path"
    r"|signal|event_type|hook(_name)?|command(_name)?|action|role|feature|flag|dist|handler|factory|interface|iface"
    r"|callback|cb|listener|observer|receiver|middleware|processor|exporter|validator"
    r"|proxy|proxies|((read|connect|write|request|pool|idle)_)?timeout|\w+_version|verify(_ssl)?|retries|max_retries|(max|num)_(workers|threads)"
    r"|route|blueprint|(route|endpoint|view|handler|blueprint|listener)_name"
    r"|(callback|handler|hook|listener|middleware|rule)_(id|key|name|spec|path)|api_?endpoint|packet_id"
    r"|(shard|partition|dc|data_?cent(er|re)|replica|region|zone|plugin|provider|locale|language|category|kind|slot|core|cpu|gpu|rank|currency)_id"
    r"|dsn|(db|database|tracking|store|registry)_ur[il]|conn(ection)?_str(ing)?|index|idx|rank|slot|shard|stub|version|schema(_\w+)?|(cache|root|base|home|install|config|template|static|plugin|lib)_(dir|directory|folder)|(template|static|config|model|voice)_path|(task|queue|worker)_name|(cls|class|module|dotted)_path)s?$"
)
"""Names of what there are few of in a program: they lower confidence, they prove nothing."""

OPERATED = re.compile(
    r"_*(\w+_)?(node|broker|server|service|cluster|warehouse|backend|conf(ig(uration)?)?|segment|schema|app|application|port|proxy"
    r"|model|index|datasource|hub|bridge|site|house|worker|skill|room|dev(ice)?|sensor|board|bulb|station|location|printer|camera|speaker|meter"
    r"|watcher|producer|provider|resolver|virtual_?env|venv|voice|feed)_(ids?|uuid|guid|num(ber)?|key|hash|addr(ess)?|ur[il]|host|name|path)s?$"
)
"""Names of what somebody sets up and runs: there are as many as they pay for, unless something proves more."""

_OWNED = (
    r"(dev(ice)?|sensor|board|bulb|lamp|station|location|house|printer|camera|speaker|feed|broker|provider|producer"
    r"|consumer|engine|resolver|virtual_?env|venv|voice|plugin|skill|datasource|gateway|scheduler)"
)
OWNED = re.compile(
    rf"(?i)_*(?!.*(scan|seen|discover|found|nearby|recent|guest|visit|pending|request|call|reply|replies|session))"
    rf"((\w+_)?{_OWNED}s?(_(locks?|cache|iterators?|insts?|instances?|metadata|mapping|map|infos?|objects?|states?|names?|ids?|usages?"
    rf"|by_\w+|setup_done))?|\w+_by_(room|{_OWNED})(_\w+)?|(\w+_)?rooms?_(locks?|cache|states?|metadata))$"
)
"""Names of collections of what somebody sets up and runs, one entry for each; what passes by is none of it."""

CONFIGURATION = re.compile(r"(settings|config|conf|cfg|options|environ|constants|app_config|django_settings)$", re.I)
FINITE_ANNOTATION = re.compile(
    r"^(bool|type|Type|Literal|typing\.(Type|Literal|Callable)|Callable|FunctionType|ModuleType|collections\.abc\.Callable)\b"
)
IDENTITY_CALLS = frozenset(
    {"id", "time.time", "time.monotonic", "time.time_ns", "time.perf_counter", "uuid.uuid4", "uuid.uuid1", "uuid4",
     "uuid1", "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.now", "datetime.utcnow", "random.random",
     "threading.current_thread", "current_thread", "asyncio.current_task", "current_task", "secrets.token_hex",
     "secrets.token_urlsafe", "os.urandom", "object", "next", "token_hex", "token_urlsafe"}
)  # fmt: skip
TASK_CALLS = re.compile(
    r"(^|\.)(create_task|ensure_future|create_future|run_coroutine_threadsafe|call_later|call_soon|call_at|start_soon"
    r"|run_in_executor)$"
)
"""What these give is new each time."""

IDENTITY_PARTS = frozenset({"hex", "int", "bytes", "urn", "node", "time_low", "ident", "native_id"})
"""Attributes that tell an identity in another way."""

COUNTING = re.compile(
    r"count|(^|[._])(seq|serial|num|ids?|uids?|number)(_?gen(erator)?s?|_?iter(ator)?|s)?(\(\))?$|_ids?\b",
    re.IGNORECASE,
)
"""What gives a new number each time that it is asked for the next one."""

READS = re.compile(
    r"_*(\w+_)?(parse|read|load|decode|deserialize|unpack|validate|clean|extract|split|match|fullmatch|search|json|form|body|data"
    r"|receive|recv|get|pop|make|create|build|new|clone|copy|strip)(s|_\w+)?$"
)
"""Methods that give what they are told in another form, or what somebody sends."""

CONVERSION = re.compile(
    r"_*(to|as|from|format|normali[sz]e|canonicali[sz]e|quote|unquote|escape|sanitize|slugify|camel|snake|full|qual)(_|[A-Z]|$)"
)
"""Calls that tell the same thing in another way."""

FEW_RESULTS = frozenset(
    {"weekday", "isoweekday", "utcoffset", "dst", "__class__", "is_integer", "startswith", "endswith"}
)
"""Methods with few results, whatever they are called on."""

EMPTY_CALLS = frozenset({"set", "dict", "list", "tuple", "frozenset", "str", "bytes", "int", "float", "OrderedDict"})
"""What these make of nothing is always the same."""

ATTRIBUTE_HOOKS = frozenset({"__getattr__", "__getattribute__", "__setattr__", "__delattr__"})
"""Methods whose second parameter is a name that code is written with."""

FINITE_CALLS = frozenset(
    {"type", "isinstance", "issubclass", "bool", "callable", "hasattr", "os.getenv", "getenv", "os.environ.get",
     "get_model", "import_module", "importlib.import_module", "import_string", "os.getpid", "getpid", "get_ident",
     "threading.get_ident", "get_running_loop", "get_event_loop",
     "asyncio.get_running_loop", "asyncio.get_event_loop", "inspect.getmodule", "get_language", "iter_entry_points",
     "entry_points", "pkg_resources.iter_entry_points", "inspect.getmembers", "dir", "vars", "os.listdir", "glob.glob",
     "pkgutil.iter_modules", "pkgutil.walk_packages", "os.walk", "socket.gethostname", "platform.system"}
)  # fmt: skip

PURE = frozenset(
    {"str", "int", "float", "repr", "tuple", "frozenset", "sorted", "list", "dict", "set", "len", "lower", "upper",
     "strip", "lstrip", "rstrip", "split", "rsplit", "partition", "join", "format", "replace", "encode", "decode",
     "items", "keys", "values", "getattr", "hash", "hexdigest", "md5", "sha1", "sha256", "title", "removeprefix",
     "removesuffix", "enumerate", "zip", "range", "reversed", "min", "max", "abs", "round", "dumps", "copy", "fields",
     "casefold", "capitalize", "bytes", "normpath", "abspath", "realpath", "basename", "dirname", "Path", "get",
     "__getitem__", "total_seconds", "bit_length", "compile", "filter", "map", "chain", "product", "iter", "partial"}
)  # fmt: skip

ADDRESS = re.compile(r"(\w+_)?(ur[il]|addr|address|host(name)?|endpoint|dsn|target|server)$")
CONNECTION = re.compile(
    r"\b((\w+\.)*(create_(async_)?engine|(async_)?session_?maker|(in)?secure_channel)|[\w.]*[a-z](Channel|Stub|Engine|Pool))\s*\("
)
"""What is made once for each server that a program is told to talk to."""

OPEN_NAMES = re.compile(
    r"(.*_)?(text|source|query|sql|ids?|pk|uid|uuid|guid|symbol|user|username|email|url|uri|address|addr|ip|token|string|content"
    r"|message|msg|prompt|number|num|date|day|time|timestamp|start|end|data|line|words?|body|search|sentence"
    r"|document|doc|question|values?|request|session|connection|jid|point|latitude|longitude|slug|title|hash|digest|sequence|input"
    r"|payload|amount|price|term|phrase|obj|instance|item|row|record|event|job|task|account|customer|order|frame"
    r"|resource|stream|peer|host|path|client|conn|channel|room|future|sid|pid|fd|(web_?)?sock(et)?|ws|subscriber|waiter|participant|visitor)$"
)
"""Names of what there is no end of. Of values with other names nothing is known: that is a low confidence."""
