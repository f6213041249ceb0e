"""slack-bolt: decorated listeners, and some that are handed over."""

from slack_bolt import App

app = App(token="xoxb-1", signing_secret="shop", token_verification_enabled=False)


@app.event("app_mention")
def mentioned(event, say): ...


@app.message("order")
def ordered(message, say): ...


@app.command("/price")
def price(ack, command): ...


@app.action("buy")
def buy(ack, body): ...


@app.shortcut("open")
def opened(ack): ...


@app.view("cart")
def cart(ack, view): ...


def listed(ack): ...


app.options("items")(listed)


def answer(ack): ...


def look_up(body): ...


app.command("/slow")(ack=answer, lazy=[look_up])
