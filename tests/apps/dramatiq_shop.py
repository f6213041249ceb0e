"""Dramatiq: actors bare and with options."""

import dramatiq
from dramatiq.brokers.stub import StubBroker

dramatiq.set_broker(StubBroker())


@dramatiq.actor
def ship(order): ...


@dramatiq.actor(queue_name="slow", max_retries=0)
def bill(order): ...


def refund(order): ...


refund_later = dramatiq.actor(refund, actor_name="refund")
