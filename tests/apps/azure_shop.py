"""Azure Functions: routes, a blueprint, and functions for messages."""

import azure.functions as func

app = func.FunctionApp()
admin = func.Blueprint()


@app.route(route="items/{name}", methods=["GET"])
def item(req: func.HttpRequest): ...


@app.function_name("order")
@app.route(route="orders", methods=[func.HttpMethod.POST])
def order(req: func.HttpRequest): ...


@app.timer_trigger(schedule="0 */5 * * * *", arg_name="timer")
def sweep(timer: func.TimerRequest): ...


@app.queue_trigger(arg_name="message", queue_name="orders", connection="store")
def ordered(message: func.QueueMessage): ...


@admin.route(route="stock")
def stock(req: func.HttpRequest): ...


app.register_functions(admin)
