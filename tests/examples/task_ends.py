"""Tasks that are taken out when they are done, in further spellings."""

CODE = "LK404"

FLAGGED: list[str] = []

CLEAN = [
    """
# What a callback is given by default is the collection.
import asyncio


class Supervisor:
    def __init__(self):
        self.tasks = set()

    def spawn(self, job):
        task = asyncio.create_task(job())
        self.tasks.add(task)

        def forget(task, tasks=self.tasks):
            tasks.remove(task)

        task.add_done_callback(forget)


supervisor = Supervisor()
""",
]
