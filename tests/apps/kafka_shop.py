"""kafka-python: a loop over a consumer's messages."""

from kafka import KafkaConsumer

HANDLED = []


def handle(message):
    HANDLED.append(message)


def consume():
    consumer = KafkaConsumer("orders")
    for message in consumer:
        handle(message)


def first():
    for message in KafkaConsumer("prices"):
        return message
    return None
