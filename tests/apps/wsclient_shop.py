"""websocket-client: an application's callbacks, given to it and set later."""

from websocket import WebSocketApp


def received(app, message): ...


def closed(app, code, message): ...


def opened(app): ...


def connect():
    app = WebSocketApp("ws://localhost/", on_message=received, on_close=closed)
    app.on_open = opened
    return app
