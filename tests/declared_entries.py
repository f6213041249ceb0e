"""Declarations of entry points in the words of each framework, with what is to be found of each."""

from __future__ import annotations

DECLARED = r"""
=== sanic request /a/<b>
from sanic import Sanic
app = Sanic('x')
@app.get('/a/<b>')
async def f(request, b): ...
=== litestar request /a/{b:int}
from litestar import get
@get('/a/{b:int}')
async def f(b: int) -> int: ...
=== klein request /a
from klein import Klein
app = Klein()
@app.route('/a')
def f(request): ...
=== thread task
from threading import Thread
def f(): ...
Thread(target=f).start()
=== pool task
from concurrent.futures import ThreadPoolExecutor
P = ThreadPoolExecutor()
def f(): ...
def g():
    P.submit(f)
=== apscheduler tick
from apscheduler.schedulers.background import BackgroundScheduler
s = BackgroundScheduler()
def f(): ...
s.add_job(f, 'interval', seconds=3)
=== schedule tick
import schedule
def f(): ...
schedule.every(10).minutes.do(f)
=== periodic tick
from tornado.ioloop import PeriodicCallback
def f(): ...
PeriodicCallback(f, 1000).start()
=== looping tick
from twisted.internet.task import LoopingCall
def f(): ...
LoopingCall(f).start(1)
=== loop tick
import time
def f(q):
    while True:
        print(q)
        time.sleep(1)
=== consumer item
def f(sock):
    while True:
        print(sock.recv(10))
=== dramatiq task
import dramatiq
@dramatiq.actor
def f(user): ...
=== rq task
from rq import Queue
q = Queue()
def f(user): ...
def g():
    q.enqueue(f, 1)
=== pika message
import pika
channel = pika.BlockingConnection().channel()
def f(ch, method, properties, body): ...
channel.basic_consume('q', on_message_callback=f)
=== faststream message t
from faststream.kafka import KafkaBroker
b = KafkaBroker()
@b.subscriber('t')
async def f(m): ...
=== socketio message
import socketio
sio = socketio.AsyncServer()
@sio.event
async def f(sid, data): ...
=== websockets connection
import websockets
async def f(ws): ...
async def main():
    await websockets.serve(f, '', 1)
=== grpc request
from a_pb2_grpc import GreeterServicer
class G(GreeterServicer):
    def SayHello(self, request, context): ...
=== discord message
from discord.ext import commands
bot = commands.Bot()
@bot.command()
async def f(ctx, name): ...
=== telegram message
from telegram.ext import CommandHandler
async def f(update, context): ...
h = CommandHandler('x', f)
=== lambda request
def handler(event, context): ...
=== langgraph message
from langgraph.graph import StateGraph
g = StateGraph(dict)
def f(state): ...
g.add_node('n', f)
=== dash request
from dash import Dash
app = Dash()
@app.callback()
def f(value): ...
=== gradio request
import gradio
def f(text): ...
gradio.Interface(fn=f)
=== signal request
from django.dispatch import receiver
@receiver(object())
def f(sender, **kw): ...
=== http request
from http.server import BaseHTTPRequestHandler
class H(BaseHTTPRequestHandler):
    def do_GET(self): ...
=== guessed request /a
from elsewhere import app
@app.get('/a')
def f(): ...
"""
