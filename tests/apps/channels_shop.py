"""Channels: consumers below a router of their own, with messages that are named after their types."""

from channels.generic.websocket import AsyncJsonWebsocketConsumer, WebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path, re_path


class Live(WebsocketConsumer):
    def connect(self):
        self.accept()

    def receive(self, text_data=None, bytes_data=None): ...

    def disconnect(self, code): ...


class Orders(AsyncJsonWebsocketConsumer):
    async def receive_json(self, content): ...

    async def order_placed(self, event): ...


sockets = [path("live/<str:room>/", Live.as_asgi())]
sockets += [re_path(r"^orders/(?P<name>\w+)$", Orders.as_asgi())]
application = ProtocolTypeRouter({"websocket": URLRouter([path("ws/", URLRouter(sockets))])})
