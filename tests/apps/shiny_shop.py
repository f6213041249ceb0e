"""Shiny: a function for each session."""

from shiny import App, ui


def server(input, output, session): ...


app = App(ui.page_fluid(), server)
