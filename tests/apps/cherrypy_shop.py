"""CherryPy: trees of objects, exposed methods, segments of the path as parameters, a dispatcher by methods of HTTP."""

import cherrypy


class Page:
    """What pages have in common."""

    @cherrypy.expose
    def index(self):
        return type(self).__name__

    def usage(self):
        return "usage"

    usage.exposed = True


class Items(Page):
    @cherrypy.expose
    def every(self, page=0):
        return "every"

    @cherrypy.expose
    def default(self, number):
        return "one of them"

    listed = every


@cherrypy.popargs("album")
class Albums:
    @cherrypy.expose
    def index(self, band, album):
        return "album"

    @cherrypy.expose
    def charts(self, band):
        return "charts"


@cherrypy.popargs("band")
class Bands:
    def __init__(self):
        self.albums = Albums()

    @cherrypy.expose
    def index(self, band=None):
        return "bands"


class Archive:
    _cp_dispatch = cherrypy.popargs("year", "month")

    @cherrypy.expose
    def index(self, year=None, month=None):
        return "archive"

    @cherrypy.expose
    def default(self, *names, **words):
        return "somewhere"


@cherrypy.expose
class Stock:
    def GET(self):
        return "stock"

    def DELETE(self, number): ...

    def count(self): ...


class Orders:
    exposed = True

    def __init__(self, shop):
        self.shop = shop

    def GET(self, number=None):
        return "orders"

    def POST(self): ...


class Feed:
    exposed = True

    def __call__(self):
        return "feed"


def page_of(text):
    @cherrypy.expose
    def page(*args):
        return text

    return page


class Service:
    """Nothing that is exposed."""

    def index(self): ...


class Shop(Page):
    stock = Stock()
    terms = page_of("terms")

    def __init__(self):
        self.items = Items()
        self.bands = Bands()
        self.orders = Orders(self)
        self.feed = Feed()
        self.service = Service()

    @cherrypy.expose(alias="help")
    def about(self):
        return "about"

    @cherrypy.expose(["robots.txt", "humans"])
    def texts(self):
        return "texts"

    def hidden(self): ...


class Office:
    @cherrypy.expose
    def index(self):
        return "office"

    @cherrypy.expose
    def unseen(self):
        return "unseen"


class Application(cherrypy.Application):
    def __init__(self, settings):
        self.settings = settings
        cherrypy.Application.__init__(self, root=Office(), script_name="/office")


def create_app():
    shop = Shop()
    shop.archive = Archive()
    by_method = {"request.dispatch": cherrypy.dispatch.MethodDispatcher()}
    cherrypy.tree.mount(shop, "/", {"/stock": by_method, "/orders": by_method})
    cherrypy.tree.mount(Application({"hours": 8}))
    return cherrypy.tree
