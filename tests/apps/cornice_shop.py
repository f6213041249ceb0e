"""Cornice: services, each a path with its methods."""

from cornice import Service
from pyramid.config import Configurator

items = Service(name="items", path="/items/{item}")
home = Service("home", "/home")


@items.get()
def item(request):
    return {}


@items.delete()
def drop(request):
    return {}


@home.post()
def posted(request):
    return {}


def create_app():
    config = Configurator()
    config.include("cornice")
    for each in (items, home):
        config.add_cornice_service(each)
    return config
