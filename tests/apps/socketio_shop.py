"""Socket.IO: events that are decorated and registered, and a namespace."""

import socketio

sio = socketio.Server(async_mode="threading")


@sio.event
def connect(sid, environ): ...


@sio.on("order")
def on_order(sid, data): ...


@sio.event(namespace="/admin")
def stock(sid, data): ...


def price(sid, data): ...


sio.on("price", handler=price)


class Chat(socketio.Namespace):
    def on_connect(self, sid, environ): ...

    def on_say(self, sid, data): ...


sio.register_namespace(Chat("/chat"))
