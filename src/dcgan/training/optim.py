"""The two optimisers, and the few places in which Keras's differ from PyTorch's."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from dcgan.config import OptimConfig
from dcgan.processes import ALONE, Processes
from dcgan.training.schedule import learning_rate

SCALE = ("scale", "_growth_tracker")  # what a scaler of gradients remembers


class KerasRMSprop(torch.optim.Optimizer):
    """RMSprop with eps under the root, as in Keras 3: p -= lr * g / sqrt(v + eps), v = rho * v + (1 - rho) * g^2."""

    def __init__(self, params: Iterable[Tensor], lr: float, rho: float, eps: float, weight_decay: float) -> None:
        super().__init__(params, {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            grads = [p.grad for p in params]
            if group["weight_decay"]:
                grads = list(torch._foreach_add(grads, params, alpha=group["weight_decay"]))
            for p in params:
                self.state[p].setdefault("square_avg", torch.zeros_like(p))
            squares = [self.state[p]["square_avg"] for p in params]
            torch._foreach_mul_(squares, group["rho"])
            torch._foreach_addcmul_(squares, grads, grads, 1 - group["rho"])
            roots = torch._foreach_sqrt(torch._foreach_add(squares, group["eps"]))
            torch._foreach_addcdiv_(params, grads, roots, -group["lr"])


class Updater:
    """One optimiser over one network: from a loss to new weights.

    Args:
        config: the optimiser.
        net: the network; every parameter is updated.
        processes: whose gradients are averaged.
        scaled: multiply losses, so that float16 can hold their gradients; an update whose gradients overflow is left
            out and the factor halved (Micikevicius and others, arXiv 1710.03740).
        measured: keep the length of the gradient of every update.
    """

    def __init__(
        self,
        config: OptimConfig,
        net: nn.Module,
        processes: Processes = ALONE,
        *,
        scaled: bool = False,
        measured: bool = False,
    ) -> None:
        self.config, self.processes, self.measured = config, processes, measured
        self.gentler = 1.0
        """Multiplies the rate, on top of what the settings say."""
        self.length = torch.zeros(())
        """L2 length of the last update's gradient over all weights, before it is clipped, where it is measured."""
        self.params = list(net.parameters())
        self.updates = 0
        self.optimizer = self._build(config)
        self.scaler = torch.amp.GradScaler(self.params[0].device.type) if scaled else None

    def _build(self, c: OptimConfig) -> torch.optim.Optimizer:
        if c.name == "adam":
            fused = self.params[0].device.type in ("cpu", "cuda", "mps")
            return torch.optim.Adam(
                self.params, c.lr, (c.beta1, c.beta2), c.eps, weight_decay=c.weight_decay, fused=fused
            )
        if c.keras_eps:
            return KerasRMSprop(self.params, c.lr, c.rho, c.eps, c.weight_decay)
        return torch.optim.RMSprop(self.params, c.lr, c.rho, c.eps, weight_decay=c.weight_decay)

    def update(self, loss: Tensor, nimg: int) -> None:
        """Take one step down ``loss``, a scalar, with the rate that is due after ``nimg`` images."""
        self.optimizer.zero_grad(set_to_none=True)
        (self.scaler.scale(loss) if self.scaler else loss).backward()
        self.processes.average_([p.grad for p in self.params if p.grad is not None])
        if self.measured:
            self.length = self._length()
        if self.config.clip:
            if self.scaler:
                self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_value_(self.params, self.config.clip)
        group = self.optimizer.param_groups[0]
        group["lr"] = self.gentler * learning_rate(self.config, nimg, self.updates)
        self.updates += 1
        if self.config.name == "adam" and self.config.keras_eps:
            # Keras adds eps to sqrt(v) before the bias correction, PyTorch after it.
            group["eps"] = self.config.eps / math.sqrt(1 - self.config.beta2**self.updates)
        if self.scaler:
            self.scaler.step(self.optimizer)
            self.scaler.update()
        else:
            self.optimizer.step()

    def _length(self) -> Tensor:
        length = nn.utils.get_total_norm([p.grad for p in self.params if p.grad is not None]).float()
        if self.scaler is None:
            return length
        return length / self.scaler.scale(torch.ones((), device=length.device))

    def state_tensors(self) -> dict[str, Tensor]:
        """Return what the optimiser remembers, by "parameter index.name"."""
        state: dict[int, dict[str, Any]] = self.optimizer.state_dict()["state"]
        tensors = {f"{i}.{name}": value for i, entry in state.items() for name, value in entry.items()}
        scale = self.scaler.state_dict() if self.scaler else {}
        tensors |= {f"scaler.{name}": torch.tensor(scale[name]) for name in SCALE if name in scale}
        return {"updates": torch.tensor(self.updates), **tensors}

    def load_state_tensors(self, tensors: dict[str, Tensor]) -> None:
        """Put back what ``state_tensors`` returned; buffers take the memory order of their parameter."""
        self.updates = int(tensors["updates"])
        if self.scaler and "scaler.scale" in tensors:  # an earlier launch may have had another precision
            scale = {name: tensors[f"scaler.{name}"].item() for name in SCALE}
            self.scaler.load_state_dict(self.scaler.state_dict() | scale)
        entries: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            if name != "updates" and not name.startswith("scaler."):
                index, _, field = name.partition(".")
                param = self.params[int(index)]
                ordered = torch.empty_like(param).copy_(value) if value.shape == param.shape else value
                entries.setdefault(int(index), {})[field] = ordered
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": entries, "param_groups": groups})
