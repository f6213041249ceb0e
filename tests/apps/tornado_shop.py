"""A Tornado application whose handlers stand in tuples, in a list that another one extends."""

from tornado.web import Application, RequestHandler, URLSpec, url
from tornado.websocket import WebSocketHandler


class Base(RequestHandler):
    def prepare(self):
        self.user = self.get_cookie("user")


class Index(Base):
    def get(self):
        self.write("")


class Item(Base):
    def get(self, item_id):
        self.write(item_id)

    def put(self, item_id):
        self.write(item_id)


class Live(WebSocketHandler):
    def open(self):
        pass

    def on_message(self, message):
        self.write_message(message)


class Moved(Base):
    def get(self):
        self.redirect("/")

    post = put = get


class Feed(WebSocketHandler):
    async def get(self, feed):
        await super().get(feed)

    def open(self, feed):
        pass


FEED = r"(?P<feed>[a-z]+)"
FEEDS = [(r"/feeds/%s" % FEED, Feed), (rf"/feeds/{FEED}/old", Moved)]

API = [*FEEDS, (r"/items/(?P<item_id>[0-9]+)", Item), URLSpec(r"/live", Live)]


BASE = ""


def url_path_join(*parts):
    return "/".join(part.strip("/") for part in parts)


class Stock(Base):
    def get(self):
        self.write("")


class Shop(Application):
    def __init__(self):
        handlers = [(r"/", Index), url(r"/home", Index)]
        handlers.extend([(url_path_join(BASE, r"/stock"), Stock)])
        handlers.append((r"/low", Stock))
        super().__init__(handlers + API)
