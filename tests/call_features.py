"""Small programs, each with the calls that must be found in it and those that must not."""

from __future__ import annotations

FEATURES = {
    "any_function_with_any_receiver": (
        """
        from functools import wraps
        from threading import Thread
        def start(function, *args):
            Thread(target=function, args=args).start()
        def threaded(function):
            @wraps(function)
            def run(self, *args):
                return start(function, self, *args)
            return run
        class A:
            @threaded
            def go(self): self.hit()
            def hit(self): ...
        class B:
            @threaded
            def go(self): self.hit()
            def hit(self): ...
        class C(B):
            def hit(self): ...
        class D:
            @staticmethod
            def use(other): other.hit()
        def main():
            A().go()
            B().go()
            C().go()
            start(D.use, A())
        """,
        ("m.A.go -> m.A.hit", "m.B.go -> m.B.hit", "m.B.go -> m.C.hit", "m.D.use -> m.A.hit"),
        ("m.A.go -> m.B.hit", "m.B.go -> m.A.hit", "m.A.go -> m.C.hit"),
    ),
    "annotated_attribute": (
        """
        class A:
            def hit(self): ...
        class B:
            def hit(self): ...
        class Holder:
            one: A
            other: "B | None"
            def use(self): self.one.hit()
            def twin(self): self.other.hit()
        """,
        ("m.Holder.use -> m.A.hit", "m.Holder.twin -> m.B.hit"),
        ("m.Holder.use -> m.B.hit", "m.Holder.twin -> m.A.hit"),
    ),
    "annotated_parameter": (
        """
        from typing import Optional
        class A:
            def hit(self): ...
        class B:
            def hit(self): ...
        def use(x: Optional[A]): x.hit()
        def twin(x: int): x.hit()
        """,
        ("m.use -> m.A.hit",),
        ("m.use -> m.B.hit",),
    ),
    "async_await": (
        """
        class A:
            async def hit(self): return self
            def then(self): ...
            def never(self): ...
        async def use():
            a = await A().hit()
            a.then()
        """,
        ("m.use -> m.A.hit", "m.use -> m.A.then"),
        ("m.use -> m.A.never",),
    ),
    "annotated_beside_another_library": (
        """
        from injector import inject_here, Depot
        class A:
            def hit(self): ...
        class B:
            def hit(self): ...
        def use(x: A = inject_here("a")): x.hit()
        def twin(x: Depot = inject_here("b")): x.hit()
        """,
        ("m.use -> m.A.hit",),
        ("m.use -> m.B.hit", "m.twin -> m.A.hit"),
    ),
    "callbacks_in_a_list_of_a_field": (
        """
        class Bus:
            def __init__(self):
                self.handlers = []
                self.others = []
            def on(self, f): self.handlers.append(f)
            def keep(self, f): self.others.append(f)
            def fire(self):
                for handler in self.handlers:
                    handler()
        def hit(): ...
        def kept(): ...
        bus = Bus()
        bus.on(hit)
        bus.keep(kept)
        """,
        ("m.Bus.fire -> m.hit",),
        ("m.Bus.fire -> m.kept",),
    ),
    "provided_by_a_framework": (
        """
        from fastapi import Depends
        class A:
            def hit(self): ...
        class B:
            def hit(self): ...
        def a(): return A()
        def b():
            yield B()
        def use(x=Depends(a)): x.hit()
        def twin(x=Depends(b)): x.hit()
        """,
        ("m.use -> m.A.hit", "m.twin -> m.B.hit"),
        ("m.use -> m.B.hit", "m.twin -> m.A.hit"),
    ),
    "classmethod": (
        """
        class A:
            @classmethod
            def make(cls): return cls()
            def hit(self): ...
        class B(A):
            def hit(self): ...
        def use(): A.make().hit()
        def twin(): A.hit
        """,
        ("m.use -> m.A.make", "m.use -> m.A.hit"),
        ("m.twin -> m.A.hit",),
    ),
    "closure": (
        """
        def outer(f):
            g = None
            def inner(): f()
            def other(): g()
            return inner, other
        def hit(): ...
        def use():
            outer(hit)[0]()
        """,
        ("m.use -> m.outer.inner", "m.outer.inner -> m.hit"),
        ("m.outer.other -> m.hit", "m.use -> m.outer.other"),
    ),
    "comprehension": (
        """
        def hit(x): ...
        def missed(x): ...
        def use(xs): return [f(1) for f in [hit]]
        def twin(xs): return [missed for x in xs]
        """,
        ("m.use -> m.hit",),
        ("m.twin -> m.missed",),
    ),
    "context_of_two_callers": (
        """
        def run(f): f()
        def same(f): return f
        def a(): ...
        def b(): ...
        def use_a():
            run(a)
            same(a)()
        def use_b():
            run(b)
            same(b)()
        """,
        ("m.run -> m.a", "m.run -> m.b", "m.use_a -> m.a", "m.use_b -> m.b"),
        ("m.use_a -> m.b", "m.use_b -> m.a"),
    ),
    "create_task": (
        """
        import asyncio
        async def hit(): ...
        async def missed(): ...
        async def use(): asyncio.create_task(hit())
        async def twin(): asyncio.create_task
        """,
        ("m.use -> m.hit",),
        ("m.twin -> m.missed",),
    ),
    "constructor_injected_field": (
        """
        class Store:
            def put(self): ...
        class Other:
            def put(self): ...
        class Service:
            def __init__(self, store, spare=None):
                self.store = store
            def use(self): self.store.put()
        service = Service(Store(), Other())
        """,
        ("m.Service.use -> m.Store.put", "m -> m.Service.__init__"),
        ("m.Service.use -> m.Other.put",),
    ),
    "call_of_an_instance": (
        """
        class A:
            def __call__(self): ...
        class B:
            def __call__(self): ...
        def use():
            a = A()
            a()
        def twin(): return B()
        """,
        ("m.use -> m.A.__call__",),
        ("m.twin -> m.B.__call__",),
    ),
    "executor_submit": (
        """
        from concurrent.futures import ThreadPoolExecutor
        def hit(x): x()
        def handed(): ...
        def missed(): ...
        def use():
            with ThreadPoolExecutor() as pool:
                pool.submit(hit, handed)
        def twin():
            pool = []
            pool.append(missed)
        """,
        ("m.use -> m.hit", "m.hit -> m.handed"),
        ("m.use -> m.handed", "m.twin -> m.missed"),
    ),
    "generator_send": (
        """
        def hit(): ...
        def missed(): ...
        def source():
            yield hit
            return missed
        def use():
            for f in source(): f()
        """,
        ("m.use -> m.hit", "m.use -> m.source"),
        ("m.use -> m.missed",),
    ),
    "getattr_with_a_constant": (
        """
        class A:
            def hit(self): ...
            def missed(self): ...
        def use(): getattr(A(), "hit")()
        def twin(name): getattr(A(), "missed")
        """,
        ("m.use -> m.A.hit",),
        ("m.twin -> m.A.missed", "m.use -> m.A.missed"),
    ),
    "keywords_forwarded": (
        """
        def target(on_done=None, on_fail=None): on_done()
        def forward(**kwargs): target(**kwargs)
        def hit(): ...
        def missed(): ...
        forward(on_done=hit, on_fail=missed)
        """,
        ("m.target -> m.hit",),
        ("m.target -> m.missed",),
    ),
    "module_global": (
        """
        class A:
            def hit(self): ...
        class B:
            def hit(self): ...
        INSTANCE = A()
        SPARE = B()
        def use(): INSTANCE.hit()
        """,
        ("m.use -> m.A.hit",),
        ("m.use -> m.B.hit",),
    ),
    "operator": (
        """
        class A:
            def __add__(self, other): return self
            def __contains__(self, key): ...
            def __sub__(self, other): ...
        def use(): return A() + 1
        def other(): return 1 in A()
        """,
        ("m.use -> m.A.__add__", "m.other -> m.A.__contains__"),
        ("m.use -> m.A.__sub__", "m.other -> m.A.__add__"),
    ),
    "partial": (
        """
        from functools import partial
        def target(f, g): f()
        def hit(): ...
        def missed(): ...
        def use():
            p = partial(target, hit)
            p(missed)
        def twin(): partial(target, missed)
        """,
        ("m.use -> m.target", "m.target -> m.hit"),
        ("m.twin -> m.target", "m.target -> m.missed"),
    ),
    "property": (
        """
        class A:
            @property
            def size(self): return self.count()
            @size.setter
            def size(self, value): self.store()
            def count(self): ...
            def store(self): ...
            def plain(self): ...
        def read(): return A().size
        def twin(): return A().plain
        """,
        ("m.read -> m.A.size", "m.A.size -> m.A.count"),
        ("m.twin -> m.A.plain",),
    ),
    "registry_filled_by_a_decorator": (
        """
        REGISTRY = {}
        OTHER = {}
        def register(name):
            def keep(f):
                REGISTRY[name] = f
                return f
            return keep
        def note(f):
            OTHER[f.__name__] = f
            return f
        @register("hit")
        def hit(): ...
        @note
        def missed(): ...
        def use(name): REGISTRY[name]()
        """,
        ("m.use -> m.hit",),
        ("m.use -> m.missed",),
    ),
    "registry_filled_by_a_function": (
        """
        REGISTRY = {}
        OTHER = {}
        def register(name, f): REGISTRY[name] = f
        def keep(name, f): OTHER[name] = f
        def hit(): ...
        def missed(): ...
        register("hit", hit)
        keep("missed", missed)
        def use(name): REGISTRY.get(name)()
        """,
        ("m.use -> m.hit",),
        ("m.use -> m.missed",),
    ),
    "return_annotation": (
        """
        class A:
            def hit(self): ...
        class B:
            def hit(self): ...
        def load(): ...
        def make() -> "A": return load()
        def use(): make().hit()
        """,
        ("m.use -> m.A.hit",),
        ("m.use -> m.B.hit",),
    ),
    "overridden_by_a_subclass": (
        """
        class Base:
            def run(self): self.step()
            def step(self): ...
        class One(Base):
            def step(self): ...
        class Unrelated:
            def step(self): ...
        def use(): One().run()
        """,
        ("m.Base.run -> m.One.step",),
        ("m.Base.run -> m.Unrelated.step",),
    ),
    "sort_key": (
        """
        def hit(x): ...
        def missed(x): ...
        def use(xs): return sorted(xs, key=hit)
        def twin(xs): return sorted(xs), missed
        """,
        ("m.use -> m.hit",),
        ("m.twin -> m.missed",),
    ),
    "starred_arguments": (
        """
        def target(f, g): g()
        def forward(*args): target(*args)
        def hit(): ...
        def missed(): ...
        forward(missed, hit)
        """,
        ("m.target -> m.hit",),
        ("m.target -> m.missed",),
    ),
    "super_in_a_mixin": (
        """
        class Base:
            def hit(self): ...
        class Mixin:
            def hit(self): super().hit()
        class Whole(Mixin, Base): ...
        class Unrelated:
            def hit(self): ...
        def use(): Whole().hit()
        """,
        ("m.use -> m.Mixin.hit", "m.Mixin.hit -> m.Base.hit"),
        ("m.Mixin.hit -> m.Unrelated.hit", "m.use -> m.Base.hit"),
    ),
    "super_without_arguments": (
        """
        class Base:
            def __init__(self): self.start()
            def start(self): ...
        class Child(Base):
            def __init__(self): super().__init__()
        class Bare(Base):
            def __init__(self): ...
        """,
        ("m.Child.__init__ -> m.Base.__init__", "m.Base.__init__ -> m.Base.start"),
        ("m.Bare.__init__ -> m.Base.__init__",),
    ),
    "thread_target": (
        """
        import threading
        def hit(f): f()
        def handed(): ...
        def missed(): ...
        def use():
            threading.Thread(target=hit, args=(handed,)).start()
            threading.Thread(name=missed)
        """,
        ("m.use -> m.hit", "m.hit -> m.handed"),
        ("m.hit -> m.missed",),
    ),
    "with_enter_and_exit": (
        """
        class A:
            def __enter__(self): return Inside()
            def __exit__(self, *exc): ...
            def __aenter__(self): ...
        class Inside:
            def hit(self): ...
        def use():
            with A() as a:
                a.hit()
        """,
        ("m.use -> m.A.__enter__", "m.use -> m.A.__exit__", "m.use -> m.Inside.hit"),
        ("m.use -> m.A.__aenter__",),
    ),
    "wrapped_decorator": (
        """
        import functools
        def logged(f):
            @functools.wraps(f)
            def wrapper(*args, **kwargs): return f(*args, **kwargs)
            return wrapper
        @logged
        def hit(): ...
        def missed(): ...
        def use(): hit()
        """,
        ("m.use -> m.logged.wrapper", "m.logged.wrapper -> m.hit"),
        ("m.logged.wrapper -> m.missed", "m.use -> m.hit"),
    ),
    "unknown_receiver": (
        """
        class A:
            def remarkable(self): ...
        class B:
            def append(self): ...
        def use(x): x.remarkable()
        def twin(x): x.append()
        """,
        ("m.use -> m.A.remarkable",),
        ("m.twin -> m.B.append",),
    ),
}
