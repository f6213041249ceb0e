"""Paho MQTT: callbacks that are set as attributes, and one for each topic."""

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion


def connected(client, userdata, flags, reason_code, properties): ...


def priced(client, userdata, message): ...


class Watcher:
    def __init__(self):
        self.client = Client(CallbackAPIVersion.VERSION2)
        self.client.on_connect = connected
        self.client.on_message = self.received
        self.client.message_callback_add("prices/#", priced)

    def received(self, client, userdata, message): ...
