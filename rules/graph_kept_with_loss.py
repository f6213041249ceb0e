"""A training loop keeps tensors together with the graph that computed them.

`total += loss` and `losses.append(loss)` keep not a number but a tensor, which refers to the graph of its batch: all
activations, often hundreds of megabytes. After `N` batches `N` graphs are alive, and the memory of the GPU is full.

How to mend: keep the number: `total += loss.item()`, or the value without its graph: `losses.append(loss.detach())`.

Not flagged, on purpose:

- sums that are made to be differentiated: where `backward()` is called on the sum itself;
- `backward(retain_graph=True)` and outputs that are kept by themselves: some algorithms need them;
- values that went through `item()`, `detach()`, `float()` or `no_grad`.

Found in released code: deepchem 2.8.0 (`TorchModel.fit_generator`: up to a hundred graphs between two lines of its
log).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.facts import Op, Scope, Use
from leaklint.project.linker.program import Module
from leaklint.project.storage.guards import path
from leaklint.rule import Evidence, Finding, Growth, Location, Place, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
import torch


def train(model, batches, optimizer):
    losses = []
    for batch in batches:
        loss = torch.nn.functional.mse_loss(model(batch.x), batch.y)
        loss.backward()
        optimizer.step()
        losses.append(loss)  # LK605
    return losses


def train_once(model, batches, optimizer):
    total = 0
    for batch in batches:
        loss = model(batch)
        loss.backward()
        optimizer.step()
        total += loss  # LK605
    return total
""",
]

CLEAN = [
    """
import torch


def train(model, batches, optimizer):
    losses, total = [], 0.0
    for batch in batches:
        loss = torch.nn.functional.mse_loss(model(batch.x), batch.y)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
        total += loss.item()
    return losses, total


def train_with_numbers(model, batches, optimizer):
    losses = []
    for batch in batches:
        loss = model(batch)
        loss.backward()
        optimizer.step()
        loss = float(loss)
        losses.append(loss)
    return losses


def train_together(model, batches, optimizer):
    total = 0
    for batch in batches:
        total += model(batch)
    total.backward()
    optimizer.step()
""",
]

_ATTR = int(Op.ATTR)


def judge(project: Project) -> Iterator[Finding]:
    """The tensors that a loop differentiates and then keeps with their graph."""
    for module in project.program.modules:
        if project.phases.quiet_file(module) or "torch" not in module.packages:
            continue
        for number, scope in enumerate(module.facts.scopes):
            losses = _differentiated(project, module, scope)
            for use in module.facts.uses if losses else ():
                if use.scope != number or use.kind != "grow" or use.value not in losses:
                    continue
                if _is_in_loop(module, use) and not _is_rebound(module, use, losses[use.value]):
                    yield _finding(project, module, use)


def _differentiated(project: Project, module: Module, scope: Scope) -> dict[str, int]:
    """The names on which a scope calls `backward()`, and the step where it first does."""
    variables = project.holders.variable_at
    out: dict[str, int] = {}
    for step, each in enumerate(scope.code):
        if each[0] == _ATTR and each[3] == "backward" and each[2] + module.slot_base in variables:
            out.setdefault(variables[each[2] + module.slot_base][1], step)
    return out


def _is_rebound(module: Module, use: Use, since: int) -> bool:
    """Whether the name is given another value after it was differentiated: `loss = loss.item()`."""
    names = {variable.slot for variable in module.facts.variables if variable.name == use.value}
    binds = (
        each for each in module.facts.uses if each.scope == use.scope and each.kind == "bind" and each.base in names
    )
    return any(not each.attr and since < each.step < use.step for each in binds)


def _is_in_loop(module: Module, use: Use) -> bool:
    return use.op in ("append", "+=") and any(arm.kind in ("for", "while") for arm in path(module, use.block))


def _finding(project: Project, module: Module, use: Use) -> Finding:
    function = project.program.name_of(module.scope_base + use.scope)
    words = f"{use.value} keeps the graph of its batch: {use.op} in a loop; keep {use.value}.item() or .detach()"
    return Finding(
        code="LK605",
        name="graph-kept-with-loss",
        message=words,
        filename=module.path,
        location=Location(use.row, use.col),
        end_location=Location(use.end_row, use.end_col),
        symbol=f"{function}->{use.value}",
        severity="warning",
        confidence="high",
        declared=Place(module.path, use.row),
        growth=(Growth(module.path, use.row, function),),
        cwe=(401,),
        evidence=(Evidence("growth", module.path, use.row, f"{use.op} of {use.value} in {function}"),),
        endpoints=project.reach(module.scope_base + use.scope),
    )


RULE = Rule("LK605", "graph-kept-with-loss", judge, cwe=(401,), preview=True)
