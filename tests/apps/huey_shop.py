"""Huey: tasks, periodic tasks and hooks."""

from huey import MemoryHuey, crontab

huey = MemoryHuey("shop")


@huey.task()
def ship(order): ...


@huey.task(retries=2, context=True)
def bill(order, task=None): ...


@huey.periodic_task(crontab(minute="0"))
def sweep(): ...
