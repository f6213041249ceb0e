"""Gradio: events of components, a timer, an interface, and a function of the application's interface."""

import gradio as gr


def price(name): ...


def buy(name): ...


def refresh(): ...


def opened(): ...


def total(name: str) -> int: ...


def typed(name): ...


def counted(name): ...


with gr.Blocks() as demo:
    name = gr.Textbox()
    button = gr.Button("buy")
    timer = gr.Timer(5)
    button.click(buy, inputs=name, outputs=name)
    name.submit(fn=price, inputs=name, outputs=name).then(counted, inputs=name)
    timer.tick(refresh)
    demo.load(opened)
    gr.api(total)

    @name.change(inputs=name)
    def changed(name): ...

    gr.on([name.submit, button.click], typed, inputs=name)

single = gr.Interface(fn=price, inputs="text", outputs="text")
