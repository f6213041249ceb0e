"""RQ: jobs that are put in a queue at once, later, by a decorator and with callbacks."""

from datetime import timedelta

from fakeredis import FakeStrictRedis
from rq import Queue
from rq.decorators import job

connection = FakeStrictRedis()
queue = Queue(connection=connection)


def pay(order): ...


def remind(customer): ...


def paid(job, connection, result, *args, **kwargs): ...


@job(queue, connection=connection)
def ship(order): ...


def start():
    queue.enqueue(pay, 1, on_success=paid)
    queue.enqueue_in(timedelta(days=1), remind, 2)
    ship.delay(3)
