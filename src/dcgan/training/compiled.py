"""G and D through ``torch.compile``, and as CUDA graphs; training goes on without, where that fails."""

import logging
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import torch

from dcgan.models.layers import BatchNorm
from dcgan.models.prior import draw_at
from dcgan.rng import key
from dcgan.training.device import autocast
from dcgan.training.state import State

log = logging.getLogger(__name__)


def compile_nets(state: State) -> str | None:
    """Compile G and D as ``config.compile`` says, and take the passes of a step with them; weights stay as they were.

    Where something is missing (a C++ compiler, Triton), or fails in any process, all processes go on without.

    Returns:
        None, or a sentence that says what cannot be had, and why.
    """
    wish = state.config.compile
    if wish == "off":
        return None
    trouble, graphs = None, wish == "graphs"
    if graphs and state.device.type != "cuda":
        graphs, trouble = False, "--compile graphs needs a CUDA device: G and D are compiled without"
    for net in (state.G, state.D):
        net.compile(mode="reduce-overhead" if graphs else None)
    failed = _failure(lambda: _try_out(state, times=3 if graphs else 1))  # graphs are recorded at the second time
    (any_failed,) = state.processes.any(failed is not None)
    if not any_failed:
        return trouble
    for net in (state.G, state.D):
        net._compiled_call_impl = None  # what compile() set
    return f"--compile {wish} is left out: {failed or 'another process cannot'}"


def _try_out(state: State, times: int) -> None:
    """Take the passes of a step, and wipe off their traces in the networks."""
    nets = (state.G, state.D)
    before = [{name: value.clone() for name, value in net.state_dict().items()} for net in nets]
    norms = [m for net in nets for m in net.modules() if isinstance(m, BatchNorm) and m.synchronised]
    for norm in norms:  # one process may fail where another does not: they must not wait for each other
        norm.synchronised = False
    try:
        for _ in range(times):
            _passes(state)
    finally:
        for net, values in zip(nets, before, strict=True):
            net.load_state_dict(values)
            net.zero_grad(set_to_none=True)
            net.requires_grad_(True)
        for norm in norms:
            norm.synchronised = True


def _passes(state: State) -> None:
    """D's two passes, or the joined one, and back; then G's through a frozen D."""
    mark_step(state)
    share = state.config.batch // state.processes.world
    z = draw_at(state.model.prior, share, state.model.z_dim, key(state.config.seed, "compile")).to(state.device)
    with autocast(state.device, state.precision):
        fake = state.G(z)
        seen = fake.detach()
        joined = state.config.objective.passes == "joined"
        logits = [state.D(torch.cat([seen, seen]))] if joined else [state.D(seen), state.D(seen)]
    torch.cat(logits).float().sum().backward()
    state.D.requires_grad_(False)
    with autocast(state.device, state.precision):
        logits_fake = state.D(fake)
    logits_fake.float().sum().backward()
    state.D.requires_grad_(True)


def _failure(attempt: Callable[[], None]) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # compilers think aloud
            attempt()
    except Exception as error:  # and raise many kinds
        log.debug("torch.compile failed", exc_info=True)
        first, *rest = [line.strip() for line in str(error).splitlines() if line.strip()] or ["no reason given"]
        return f"{type(error).__name__}: {first} {rest[0]}" if first.endswith(":") and rest else first
    return None


def uncompiled(state: State) -> AbstractContextManager[object]:
    """Return a context in which G and D run as they are written."""
    return nullcontext() if state.config.compile == "off" else torch.compiler.set_stance("force_eager")


def mark_step(state: State) -> None:
    """Tell CUDA graphs that a new step begins, so that they may use their memory again."""
    if state.config.compile == "graphs" and state.device.type == "cuda":
        torch.compiler.cudagraph_mark_step_begin()
