"""Kombu: consumers with callbacks, by hand and by the mixin."""

from kombu import Connection, Consumer, Exchange, Queue
from kombu.mixins import ConsumerMixin

orders = Queue("orders", Exchange("shop"), routing_key="orders")
prices = Queue("prices", Exchange("shop"), routing_key="prices")


def ordered(body, message):
    message.ack()


class Worker(ConsumerMixin):
    def __init__(self, connection):
        self.connection = connection

    def get_consumers(self, Consumer, channel):
        return [Consumer(queues=[prices], callbacks=[self.priced])]

    def priced(self, body, message):
        message.ack()


def consume(channel):
    return Consumer(channel, [orders], callbacks=[ordered])


def connect():
    return Connection("memory://shop")
