"""Pika: callbacks of a channel's consumers."""

import pika


def ordered(channel, method, properties, body): ...


def priced(channel, method, properties, body): ...


def consume(parameters):
    with pika.BlockingConnection(parameters) as connection:
        channel = connection.channel()
        channel.basic_consume(queue="orders", on_message_callback=ordered)
        channel.basic_consume("prices", priced)
        channel.start_consuming()
