"""Watchdog: what is called for a file that changes."""

from watchdog.events import FileSystemEventHandler


class Reload(FileSystemEventHandler):
    def on_created(self, event):
        self.note(event)

    def on_any_event(self, event): ...

    def note(self, event): ...
