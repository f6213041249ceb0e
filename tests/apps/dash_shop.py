"""Dash: callbacks of the application and of the package, one of them on a function from another function."""

import dash
from dash import Dash, Input, Output, dcc, html

app = Dash(__name__)
app.layout = html.Div([dcc.Input(id="name"), html.Div(id="price"), html.Div(id="stock"), html.Div(id="total")])


@app.callback(Output("price", "children"), Input("name", "value"))
def price(name): ...


@dash.callback(Output("stock", "children"), Input("name", "value"))
def stock(name): ...


def add_total(owner):
    @owner.callback(Output("total", "children"), [Input("name", "value")])
    def total(name): ...


add_total(app)
app.clientside_callback("function(x) { return x; }", Output("name", "title"), Input("name", "value"))
