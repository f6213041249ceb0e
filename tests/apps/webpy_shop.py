"""web.py: pairs of a pattern and the name of a class, and an application below another."""

import web


class Index:
    def GET(self): ...


class Item:
    def GET(self, name): ...

    def POST(self, name): ...


class Stock:
    def GET(self): ...


admin = web.application(("/stock", "Stock"), globals())
urls = ("/", "Index", "/items/(.*)", "Item", "/admin", admin)
app = web.application(urls, globals())
