"""LangGraph and LangChain: nodes of a graph, the function that chooses the next one, and a tool."""

from typing import TypedDict

from langchain_core.tools import tool
from langgraph.graph import END, START, StateGraph


class State(TypedDict):
    words: list[str]


def ask(state):
    return {"words": ["a"]}


def answer(state):
    return {"words": ["b"]}


def choose(state):
    return "answer"


@tool
def price(item: str) -> int:
    """What an item costs."""
    return 3


def create_graph():
    graph = StateGraph(State)
    graph.add_node("ask", ask)
    graph.add_node(answer)
    graph.add_edge(START, "ask")
    graph.add_conditional_edges("ask", choose, ["answer"])
    graph.add_edge("answer", END)
    return graph.compile()
