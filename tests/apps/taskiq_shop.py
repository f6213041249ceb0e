"""TaskIQ: tasks of a broker, one of them registered by a call."""

from taskiq import InMemoryBroker

broker = InMemoryBroker()


@broker.task
async def pay(order): ...


@broker.task(task_name="send")
async def ship(order): ...


def sweep(): ...


broker.register_task(sweep, task_name="sweep")
