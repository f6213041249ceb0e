"""Bokeh: what a document calls by the clock, and what its widgets call."""

from bokeh.io import curdoc
from bokeh.models import Button, Slider


def sweep(): ...


def clicked(event): ...


def moved(attr, old, new): ...


button = Button(label="buy")
button.on_click(clicked)
slider = Slider(start=0, end=1, value=0, step=1)
slider.on_change("value", moved)
curdoc().add_root(button)
curdoc().add_periodic_callback(sweep, 1000)
