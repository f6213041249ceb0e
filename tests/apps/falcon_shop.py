"""Falcon: resources are objects, one of them under two routes by a suffix."""

import falcon


class Count:
    def __init__(self):
        self.seen = {}

    def process_request(self, req, resp):
        self.seen[req.path] = True


class Items:
    def on_get(self, req, resp):
        resp.media = []

    def on_post(self, req, resp):
        resp.media = {}

    def on_get_one(self, req, resp, item_id):
        resp.media = item_id


class Health:
    def on_get(self, req, resp):
        resp.media = "up"


def create_app():
    app = falcon.App(middleware=[Count()])
    items = Items()
    app.add_route("/items", items)
    app.add_route("/items/{item_id}", items, suffix="one")
    app.add_route("/health", Health())
    return app
