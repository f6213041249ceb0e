"""Procrastinate: tasks, and one by the clock."""

from procrastinate import App
from procrastinate.testing import InMemoryConnector

app = App(connector=InMemoryConnector())


@app.task(name="ship")
def ship(order): ...


@app.task
def bill(order): ...


@app.periodic(cron="0 * * * *")
@app.task
def sweep(timestamp): ...
