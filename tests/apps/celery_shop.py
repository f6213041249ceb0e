"""Celery: tasks by decorator, shared tasks, and a named one."""

from celery import Celery, Task, shared_task

app = Celery("shop", broker="memory://")


class Counting(Task):
    abstract = True

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        pass


@app.task
def add(x, y):
    return x + y


@app.task(bind=True, base=Counting, name="shop.send")
def send(self, address):
    return address


@shared_task(ignore_result=True)
def clean(user_id):
    return user_id
