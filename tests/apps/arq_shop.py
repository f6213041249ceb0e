"""arq: functions and timed jobs that a class of settings lists."""

from arq import cron
from arq.worker import func


async def pay(ctx, order): ...


async def ship(ctx, order): ...


async def sweep(ctx): ...


async def opened(ctx): ...


async def before(ctx): ...


class WorkerSettings:
    functions = [pay, func(ship, name="send")]
    cron_jobs = [cron(sweep, hour=3)]
    on_startup = opened
    on_job_start = before
