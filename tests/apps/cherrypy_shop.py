"""CherryPy: a tree of objects, exposed methods and a dispatcher by methods of HTTP."""

import cherrypy


class Items:
    @cherrypy.expose
    def index(self):
        return "items"

    @cherrypy.expose
    def every(self, page=0):
        return "every"


@cherrypy.expose
class Stock:
    def GET(self):
        return "stock"

    def DELETE(self, number): ...

    def count(self): ...


class Shop:
    stock = Stock()

    def __init__(self):
        self.items = Items()

    @cherrypy.expose
    def index(self):
        return "shop"

    @cherrypy.expose(alias="help")
    def about(self):
        return "about"

    def hidden(self): ...


def create_app():
    return cherrypy.tree.mount(Shop(), "/")
