"""APScheduler: jobs that are decorated, added in a loop, and named by a string."""

from apscheduler.schedulers.background import BackgroundScheduler

scheduler = BackgroundScheduler()


@scheduler.scheduled_job("interval", seconds=10)
def poll(): ...


def sweep(): ...


def report(): ...


class Cleaner:
    def run(self): ...


def start():
    for job, seconds in ((sweep, 5), (report, 60)):
        scheduler.add_job(job, "interval", seconds=seconds)
    scheduler.add_job(func=Cleaner().run, trigger="cron", hour=3)
