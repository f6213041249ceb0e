"""A library's cache or in-memory store is used without the argument that would bound it.

Most libraries leave the bound to the caller. `cachetools.cached({})` memoizes in a plain dict, `aiocache.cached()`
without `ttl` never deletes, `st.cache_data` keeps a result for each argument, a `DataLoader` at module level remembers
every key that was ever loaded. One entry per distinct key or argument stays: a million keys of 1 kB are 1 GB.

How to mend: pass the bound that the message names: `TTLCache(1024, 600)` instead of `{}`, `ttl=`, `max_entries=`,
`maxsize=`. Make what is meant for one request, such as a `DataLoader`, in the request.

Not flagged, on purpose:

- caches whose default is bounded: Django's local memory (300 entries), `cachelib` and Flask-Caching's `SimpleCache`
  (500), `diskcache` (1 GB), `hishel` in memory (128), `theine`, `limits` in memory, which expires by a timer;
- stores outside the process, as `aiocache.cached(cache=RedisCache)`;
- a size without a limit that has a time limit (`TTLCache(inf, 60)`): what is old goes when something is added;
- decorated functions without arguments or with finite ones, as `LK201` says;
- `joblib.Memory`, which grows on disk, and Mako's `TemplateLookup`, whose names are files of the project;
- stores that only scripts and tests make.

Found in released code: marker-pdf 2.0.0 (`get_page_image`, an image of each page that was ever shown).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.facts import NOWHERE
from leaklint.project.caches.judge import caches_of
from leaklint.project.domains.domain import UNKNOWN, Domain
from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
from cachetools import cached


@cached({})  # LK203
def profile(user_id):
    return {"id": user_id}


@cached(cache={})  # LK203
def rights(user_id):
    return [user_id]


def on_request(request):
    return profile(request.user_id), rights(request.user_id)
""",
    """
import math

import cachetools
from cachetools import LRUCache

RIGHTS = {}


@cachetools.cached(LRUCache(maxsize=math.inf))  # LK203
def profile(user_id):
    return {"id": user_id}


@cachetools.cached(RIGHTS)  # LK203
def rights(user_id):
    return [user_id]


@cachetools.cached(cache=LRUCache(float("inf")))  # LK203
def groups(user_id):
    return [user_id]


def on_request(request):
    return profile(request.user_id), rights(request.user_id), groups(request.user_id)
""",
    """
from aiocache import cached


@cached()  # LK203
async def profile(user_id):
    return {"id": user_id}


async def on_request(request):
    return await profile(request.user_id)
""",
    """
import streamlit as st


@st.cache_data  # LK203
def table(query):
    return [query]


@st.cache_resource(show_spinner=False)  # LK203
def model(name):
    return name


query = st.text_input("query")
table(query)
model(query)
""",
    """
from dogpile.cache import make_region

region = make_region().configure("dogpile.cache.memory", expiration_time=60)  # LK203


@region.cache_on_arguments()
def profile(user_id):
    return {"id": user_id}


def on_request(request):
    return profile(request.user_id)
""",
    """
from langchain_core.caches import InMemoryCache
from langchain_core.globals import set_llm_cache

set_llm_cache(InMemoryCache())  # LK203
""",
    """
from strawberry.dataloader import DataLoader


async def find_users(keys):
    return [{"id": key} for key in keys]


loader = DataLoader(load_fn=find_users)  # LK203


async def on_query(info, key):
    return await loader.load(key)
""",
    """
import requests_cache
from cachecontrol import CacheControl
from requests import Session

session = requests_cache.CachedSession(backend="memory")  # LK203
controlled = CacheControl(Session())  # LK203


def on_request(request):
    return session.get(request.url), controlled.get(request.url)
""",
    """
import jinja2

environment = jinja2.Environment(cache_size=-1)  # LK203


def on_request(request):
    return environment.get_template(request.page).render()
""",
]

CLEAN = [
    """
# An argument with a leading underscore is no part of the key: there is one entry.
import streamlit as st


@st.cache_resource
def colours(_report):
    return {span.name: len(span.name) for span in _report.spans}


for report in st.session_state.reports:
    st.write(colours(report))
""",
    """
from cachetools import LRUCache, TTLCache, cached

RIGHTS = LRUCache(1000)


@cached(TTLCache(1024, 600))
def profile(user_id):
    return {"id": user_id}


@cached(cache=RIGHTS)
def rights(user_id):
    return [user_id]


@cached(cache={})
def settings():
    return {}


@cached(TTLCache(maxsize=float("inf"), ttl=60))
def groups(user_id):
    return [user_id]


def on_request(request):
    return profile(request.user_id), rights(request.user_id), settings(), groups(request.user_id)
""",
    """
from aiocache import RedisCache, cached


@cached(ttl=60)
async def profile(user_id):
    return {"id": user_id}


@cached(cache=RedisCache)
async def rights(user_id):
    return [user_id]


async def on_request(request):
    return await profile(request.user_id), await rights(request.user_id)
""",
    """
import streamlit as st


@st.cache_data(ttl=600)
def table(query):
    return [query]


@st.cache_data(max_entries=100)
def rows(query):
    return [query]


@st.cache_resource
def connection():
    return object()


query = st.text_input("query")
table(query)
rows(query)
connection()
""",
    """
from dogpile.cache import make_region

region = make_region().configure("dogpile.cache.redis", expiration_time=60)


@region.cache_on_arguments()
def profile(user_id):
    return {"id": user_id}


def on_request(request):
    return profile(request.user_id)
""",
    """
from langchain_core.caches import InMemoryCache
from langchain_core.globals import set_llm_cache

set_llm_cache(InMemoryCache(maxsize=1000))
""",
    """
from strawberry.dataloader import DataLoader


async def find_users(keys):
    return [{"id": key} for key in keys]


async def get_context(request):
    return {"users": DataLoader(load_fn=find_users)}


uncached = DataLoader(load_fn=find_users, cache=False)
""",
    """
import jinja2
import requests_cache
from cachecontrol import CacheControl
from cachecontrol.caches import FileCache
from requests import Session

session = requests_cache.CachedSession(backend="memory", expire_after=60)
stored = requests_cache.CachedSession("http", backend="sqlite")
controlled = CacheControl(Session(), cache=FileCache(".cache"))
environment = jinja2.Environment(autoescape=True)


def on_request(request):
    return session.get(request.url), stored.get(request.url), controlled.get(request.url)
""",
    """
import diskcache
from cachelib import SimpleCache

pages = diskcache.Cache("pages")
users = SimpleCache(threshold=1000)


def on_request(request):
    users.set(request.user_id, request.user)
    return pages.get(request.path)
""",
]


def judge(project: Project) -> Iterator[Finding]:
    """The library caches that are used without a bound, where their keys have no finite domain."""
    judge = caches_of(project)
    for cache in judge.caches:
        if cache.kind.rule != "LK203" or cache.bound or judge.is_cleared(cache):
            continue
        is_object = cache.function == NOWHERE
        drive = UNKNOWN if is_object else judge.drive(cache)
        if drive.domain == Domain.FINITE:
            continue
        limits = " or ".join(argument.keyword for argument in cache.kind.bounds) or "a bounded store"
        kept = "every entry" if is_object else f"the result of every different call of {judge.short_name(cache)}()"
        yield judge.finding(
            cache,
            "LK203",
            "unbounded-library-cache",
            f"{cache.dotted} without {limits} keeps {kept}; {judge.driven_by(cache, drive)}",
            "error" if drive.domain == Domain.CLIENT else "warning",
            judge.certainty(cache, drive),
            drive,
        )


RULE = Rule("LK203", "unbounded-library-cache", judge, cwe=(770, 400))
