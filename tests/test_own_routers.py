"""Routers and pages of a project's own, which no framework is seen behind."""

from __future__ import annotations

from test_entry_models import found

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
