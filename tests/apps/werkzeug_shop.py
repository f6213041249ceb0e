"""Werkzeug's own routing: rules whose endpoints are functions, some of them named in a table."""

from werkzeug.routing import Map, Rule, Submount


class Shop:
    TABLE = [("every", ("GET", "/items")), ("create", ("POST", "/items")), ("one", ("GET", "/items/<int:item_id>"))]

    def __init__(self):
        self.urls = Map()
        for view, (method, path) in self.TABLE:
            self.urls.add(Rule(path, methods=[method], endpoint=getattr(self, view)))
        self.urls.add(Submount("/admin", [Rule("/stock", endpoint=self.stock, methods=["PUT"])]))

    def every(self, request): ...

    def create(self, request): ...

    def one(self, request, item_id): ...

    def stock(self, request): ...
