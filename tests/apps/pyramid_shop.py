"""Pyramid: named routes, views that refer to them, and an include with a prefix."""

from pyramid.config import Configurator
from pyramid.response import Response
from pyramid.view import view_config


@view_config(route_name="home", request_method="GET")
def home(request):
    return Response("")


def item(request):
    return Response(request.matchdict["id"])


@view_config(route_name="admin", request_method="POST")
def admin(request):
    return Response("")


def includeme(config):
    config.add_route("admin", "/users/{name}")


def create_app():
    config = Configurator()
    config.add_route("home", "/")
    config.add_route("item", "/items/{id}")
    config.add_view(item, route_name="item", request_method="GET")
    config.include(includeme, route_prefix="/admin")
    config.scan("pyramid_shop")
    return config
