"""Flask-SocketIO: decorated handlers, one handed over, and a namespace."""

from flask import Flask
from flask_socketio import Namespace, SocketIO

app = Flask(__name__)
sio = SocketIO(app)


@sio.on("order")
def order(data): ...


@sio.event
def connect(): ...


def priced(data): ...


sio.on_event("price", priced)


class Admin(Namespace):
    def on_stock(self, data): ...


sio.on_namespace(Admin("/admin"))
