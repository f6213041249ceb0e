"""Routers and pages of a project's own, which no framework is seen behind."""

from __future__ import annotations

from test_entry_models import found, project

from leaklint.project.facade import EntryPoint


def every(text: str) -> list[EntryPoint]:
    """The entry points of one file."""
    return list(project({"app.py": text}).entry_points)


WRAPPED_ROUTER = """
class Group:
    def __init__(self, app):
        self.app = app

    def initialize(self):
        @self.route("", methods=["POST"])
        async def create(): ...

        @self.route("/<number>")
        async def one(number): ...

        @self.route("number")
        async def word(): ...

    def route(self, rule, **options):
        def decorator(function):
            async def answer(*args, **kwargs):
                return await function(*args, **kwargs)

            self.app.route(self.path + rule, **options)(answer)
            return function

        return decorator
"""


def test_an_empty_path_on_a_router_of_ones_own_is_a_path() -> None:
    names = {name.rpartition(".")[2]: each.methods for name, each in found(WRAPPED_ROUTER).items()}
    assert "word" not in names
    assert set(names) >= {"create", "one"}
    assert names["create"] == ("POST",)


GROUPS_WITH_PATHS = """
import quart

GROUPS = []

def group(name, path):
    def decorator(cls):
        cls.path = path
        GROUPS.append(cls)
        return cls

    return decorator


class Group:
    path: str

    def __init__(self, app: quart.Quart):
        self.app = app

    def route(self, rule, **options):
        def decorator(function):
            nonlocal rule
            rule = self.path + rule

            async def answer(*args, **kwargs):
                return await function(*args, **kwargs)

            self.app.route(rule, **options)(answer)
            return function

        return decorator


@group("users", "/api/users")
class Users(Group):
    def initialize(self):
        @self.route("", methods=["POST"])
        async def create(): ...

        @self.route("/<number>")
        async def one(number): ...


@group("orders", "/api/orders")
class Orders(Group):
    def initialize(self):
        @self.route("/<number>")
        async def order(number): ...


def create_app():
    app = quart.Quart(__name__)
    for each in GROUPS:
        each(app).initialize()
"""


def test_a_decorator_of_a_class_gives_its_routes_their_front() -> None:
    names = {name.rpartition(".")[2]: each.path for name, each in found(GROUPS_WITH_PATHS).items()}
    assert names == {
        "create": "/api/users", "one": "/api/users/<number>", "order": "/api/orders/<number>", "answer": "",
    }  # fmt: skip


GROUPS_WITH_PREFIXES = """
from flask import Flask


class Group:
    prefix = ""

    def __init__(self, app, place):
        self.app = app
        self.place = place
        self.app.add_url_rule(self.prefix + "/about", view_func=self.about)

    def add(self, path, view):
        if view is not None:
            path = path.rstrip("/")
        path = "/" + self.place + self.prefix + path
        self.app.add_url_rule(path, view_func=view)


class Users(Group):
    prefix = "/users"

    def __init__(self, app):
        super().__init__(app, "inside")
        self.add("/all", self.all)

    def all(self): ...

    def about(self): ...


class Orders(Group):
    prefix = "/orders"

    def __init__(self, app):
        super().__init__(app, "outside")
        self.add("/all", self.rows)

    def rows(self): ...

    def about(self): ...


def create_app():
    app = Flask(__name__)
    return app, Users(app), Orders(app)
"""


def test_what_a_class_says_is_the_front_of_its_own_routes_alone() -> None:
    assert {name: each.path for name, each in found(GROUPS_WITH_PREFIXES).items()} == {
        "Users.all": "/inside/users/all",
        "Users.about": "/users/about",
        "Orders.rows": "/outside/orders/all",
        "Orders.about": "/orders/about",
    }


EXPOSED_CLASS = """
import cherrypy

@cherrypy.expose
class Users:
    def get(self): ...

    def POST(self, name): ...

    def rows(self): ...
"""


def test_an_exposed_class_answers_with_its_methods_of_http() -> None:
    assert {name: each.methods for name, each in found(EXPOSED_CLASS).items()} == {
        "Users.get": ("GET",),
        "Users.POST": ("POST",),
    }


CONNECTED = """
import cherrypy

class Users:
    def rows(self): ...

    def one(self, number): ...


def create_app():
    routes = cherrypy.dispatch.RoutesDispatcher()
    routes.connect("users", "/users", controller=Users(), action="rows")
    routes.connect("user", "/users/{number}", controller=Users(), action="one")
    return routes
"""


def test_a_route_names_the_method_of_its_controller() -> None:
    assert {name: each.path for name, each in found(CONNECTED).items()} == {
        "Users.rows": "/users",
        "Users.one": "/users/{number}",
    }


WRAPPED_LISTS = """
from flask import Blueprint, Flask
from flask.views import MethodView


class Service:
    def __init__(self, app):
        self.app = app
        self.blueprint = Blueprint("api", __name__, url_prefix="/api")

    def add_resource(self, resource, *urls, documented=True):
        view = resource.as_view(resource.__name__)
        for url in urls:
            self.blueprint.add_url_rule(rule=url, view_func=view)

    def register(self):
        self.app.register_blueprint(self.blueprint)


class Users(MethodView):
    def get(self): ...


class Orders(MethodView):
    def get(self): ...


app = Flask(__name__)
api = Service(app)
api.add_resource(Users, "/users", "/people")
api.add_resource(Orders, "/orders", documented=False)
api.register()
"""


def test_what_a_call_hands_on_by_way_of_variables_and_loops_stays_together() -> None:
    lines = {(each.row, each.path) for each in every(WRAPPED_LISTS)}
    users, orders = (row for row, line in enumerate(WRAPPED_LISTS.split("\n"), 1) if "def get(" in line)
    assert lines == {(users, "/api/users"), (users, "/api/people"), (orders, "/api/orders")}


PUT_BEFORE_ITSELF = """
from aiohttp import web

def create_app(domains):
    front = "/content/"
    if domains:
        front = front + "{domain}/"
    app = web.Application()
    app.router.add_get(front + "{path}", handle)
    return app


async def handle(request): ...
"""


def test_a_path_that_is_made_of_its_last_value() -> None:
    assert {each.path for each in every(PUT_BEFORE_ITSELF)} == {"/content/{path}", "/content/{domain}/{path}"}


LOADED_RESOURCES = """
import falcon
from conf import settings
from plugins import load


class Base:
    def on_get(self, req, res):
        raise falcon.HTTPNotImplemented()


class Alarms(Base):
    def on_get(self, req, res, number=None): ...

    def on_words(self, req, res): ...


class Counter:
    def on_get(self, amount, unit): ...


def create_app():
    app = falcon.App()
    app.add_route("/alarms", load(settings.alarms)())
    return app
"""


def test_resources_that_a_configuration_names_answer() -> None:
    assert [(each.name, each.methods) for each in every(LOADED_RESOURCES)] == [("GET app.Alarms.on_get", ("GET",))]
