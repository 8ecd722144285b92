"""One layer of G or D, built from a ``Layer`` row: operation, normalisation, activation, dropout."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dcgan.config import Layer, Style
from dcgan.errors import ConfigError
from dcgan.models import matrices
from dcgan.models.dropout import dropout
from dcgan.models.synchronised import normalise


class BatchNorm(nn.modules.batchnorm._BatchNorm):
    """Batch normalisation of (N, C) or (N, C, H, W), over everything but C.

    PyTorch keeps the unbiased variance in its running statistics, Keras the biased one; ``style.bn_biased`` says which.
    With ``synchronised`` the batches of all processes count as one. Source: Ioffe and Szegedy, arXiv 1502.03167.
    """

    def __init__(self, features: int, style: Style) -> None:
        super().__init__(features, eps=style.bn_eps, momentum=style.bn_momentum)
        self.biased = style.bn_biased
        self.synchronised = False

    def _check_input_dim(self, input: Tensor) -> None:
        pass

    def forward(self, input: Tensor) -> Tensor:
        if self.training and self.synchronised:
            return self._over_all_processes(input)
        if not (self.training and self.biased) or self.running_var is None:
            return super().forward(input)
        momentum = self.momentum
        if momentum is None:  # a plain mean over all batches, as in PyTorch
            assert self.num_batches_tracked is not None
            self.num_batches_tracked.add_(1)
            momentum = 1 / int(self.num_batches_tracked)
        # PyTorch writes into a copy, whose newest part is then scaled by (count - 1) / count.
        var, count = self.running_var.clone(), input.numel() // input.shape[1]
        output = F.batch_norm(input, self.running_mean, var, self.weight, self.bias, True, momentum, self.eps)
        kept = self.running_var * (1 - momentum)
        self.running_var.copy_((var - kept) * ((count - 1) / count) + kept)
        return output

    @torch.compiler.disable  # type: ignore[untyped-decorator]  # processes speak in it
    def _over_all_processes(self, input: Tensor) -> Tensor:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.momentum is not None
        output, mean, var, count = normalise(input, self.weight, self.bias, self.eps)
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(var * (1 if self.biased else count / (count - 1)), self.momentum)
        return output


class Block(nn.Module):
    """A layer as its row says. Input and output are maps (N, C, H, W), or vectors (N, C) for a linear layer.

    Args:
        row: the layer.
        channels: input channels (linear: input features).
        side: height and width of the input map; of the output map for a linear layer that makes one.
        style: constants shared by the model's layers.
        to_map: whether a linear layer's output is shaped into ``width`` maps of ``side``.
    """

    u: Tensor  # spectral normalisation: the first singular vectors of the weight, as far as they are known
    v: Tensor

    def __init__(self, row: Layer, channels: int, side: tuple[int, int], style: Style, to_map: bool = False) -> None:
        super().__init__()
        self.row, self.style = row, style
        self.pads: tuple[int, int, int, int] | None = None
        self.trim = 0
        self.out_side = side
        self.map_shape = (row.width, *side) if to_map else None
        if row.op == "linear":
            units = row.width * side[0] * side[1] if to_map else row.width
            self.op: nn.Module = nn.Linear(channels, units, bias=row.bias)
        elif row.op == "conv":
            units = row.width
            self.op = self._conv(row, channels, side)
        else:
            units = row.width
            self.op = self._up(row, channels, side)
        self.norm = BatchNorm(units, style) if row.norm == "batch" else None
        if row.norm == "spectral":
            weight = self.op.weight
            assert isinstance(weight, Tensor)
            self.register_buffer("u", torch.zeros(weight.shape[0]))
            self.register_buffer("v", torch.zeros(weight[0].numel()))

    def _conv(self, row: Layer, channels: int, side: tuple[int, int]) -> nn.Conv2d:
        kernel = (row.kernel, row.kernel) if row.kernel else side
        pad = [_conv_pads(s, k, row) for s, k in zip(side, kernel, strict=True)]
        self.out_side = tuple((s + sum(p) - k) // row.stride + 1 for s, k, p in zip(side, kernel, pad, strict=True))  # type: ignore[assignment]
        if min(self.out_side) < 1:
            raise ConfigError(
                f"pictures are too small for this recipe: a {kernel[0]}x{kernel[1]} kernel meets a map of "
                f"{side[0]}x{side[1]}; take a larger --size or another --recipe"
            )
        (top, bottom), (left, right) = pad
        if (top, left) == (bottom, right):
            return nn.Conv2d(channels, row.width, kernel, row.stride, (top, left), bias=row.bias)
        self.pads = (left, right, top, bottom)
        return nn.Conv2d(channels, row.width, kernel, row.stride, 0, bias=row.bias)

    def _up(self, row: Layer, channels: int, side: tuple[int, int]) -> nn.ConvTranspose2d:
        if row.kernel == 0:  # from 1x1 to the whole map
            return nn.ConvTranspose2d(channels, row.width, side, 1, 0, bias=row.bias)
        before, after = _up_cuts(row)
        self.out_side = (side[0] * row.stride, side[1] * row.stride)
        self.trim = max(after - before, 0)  # PyTorch alone cuts as much after as before, or less
        extra = max(before - after, 0)
        return nn.ConvTranspose2d(channels, row.width, row.kernel, row.stride, before, extra, bias=row.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = self.activate(self.before_activation(x))
        return dropout(x, self.row.dropout) if self.training and self.row.dropout else x

    def before_activation(self, x: Tensor) -> Tensor:
        """Return what the activation is applied to: the layer without it, and without dropout."""
        if self.pads is not None:
            x = F.pad(x, self.pads)
        x = self._operate(x)
        if self.trim:
            order = (
                torch.channels_last if x.is_contiguous(memory_format=torch.channels_last) else torch.contiguous_format
            )
            x = x[:, :, : -self.trim, : -self.trim].contiguous(memory_format=order)  # BatchNorm is slow on a view
        if self.norm is not None:
            x = self.norm(x)
        return x if self.map_shape is None else x.view(-1, *self.map_shape)

    def _operate(self, x: Tensor) -> Tensor:
        op, spectral = self.op, self.row.norm == "spectral"
        by_matrices = self.training and matrices.can_help(x)
        if isinstance(op, nn.Linear):
            if spectral:
                return F.linear(x, self.spectral_weight(), op.bias)
            return op(x) if self.training else _linear_by_rows(op, x)
        if isinstance(op, nn.Conv2d) and (spectral or by_matrices):
            weight = self.spectral_weight() if spectral else op.weight
            return matrices.conv(op, x, weight) if by_matrices else op._conv_forward(x, weight, op.bias)
        assert not spectral, "spectral normalisation is for D: convolutions and linear layers"
        return matrices.up(op, x) if by_matrices and isinstance(op, nn.ConvTranspose2d) else op(x)

    def activate(self, x: Tensor) -> Tensor:
        """Apply the layer's activation, number by number."""
        if self.row.act == "relu":
            return F.relu(x)
        if self.row.act == "leaky":
            return F.leaky_relu(x, self.style.slope)
        return torch.tanh(x) if self.row.act == "tanh" else x

    @torch.compiler.disable  # type: ignore[untyped-decorator]  # u and v change in place between two passes that are differentiated together
    def spectral_weight(self) -> Tensor:
        """Return the weight over its largest singular value, after one power iteration where D is being trained.

        Always in float32. Source: Miyato and others, arXiv 1802.05957, algorithm 1.
        """
        weight, u, v = self.op.weight, self.u, self.v
        assert isinstance(weight, Tensor)
        with torch.autocast(weight.device.type, enabled=False):
            matrix = weight.flatten(1)
            if self.training and weight.requires_grad:
                power_iteration(matrix, u, v)
            sigma = torch.dot(u.clone(), matrix @ v.clone())
            return weight / sigma


def _linear_by_rows(op: nn.Linear, x: Tensor, rows: int = 16) -> Tensor:
    """Apply a linear layer to ``rows`` vectors at a time, the last ones filled up, where this is a CPU's work.

    A matrix product rounds differently for another number of rows. With always the same number, the picture of a z is
    the same to the bit, whatever batch it is made in.
    """
    if x.device.type != "cpu" or torch.compiler.is_compiling() or torch.onnx.is_in_onnx_export():
        return op(x)
    missing = -len(x) % rows
    parts = F.pad(x, (0, 0, 0, missing)).split(rows)
    return torch.cat([op(part) for part in parts])[: len(x)]


@torch.no_grad()
def power_iteration(matrix: Tensor, u: Tensor, v: Tensor, times: int = 1) -> None:
    """Move u (rows) and v (columns), in place, towards the first singular vectors of ``matrix`` (rows, columns)."""
    for _ in range(times):
        v.copy_(F.normalize(matrix.t() @ u, dim=0))
        u.copy_(F.normalize(matrix @ v, dim=0))


def _conv_pads(side: int, kernel: int, row: Layer) -> tuple[int, int]:
    """Pixels added before and after one side: Keras's rule for "same", the odd one after."""
    if row.kernel == 0 or row.padding == "valid":
        return 0, 0
    if isinstance(row.padding, int):
        return row.padding, row.padding
    total = max((-(-side // row.stride) - 1) * row.stride + kernel - side, 0)
    return total // 2, total - total // 2


def _up_cuts(row: Layer) -> tuple[int, int]:
    """Pixels that a transposed convolution's output loses before and after one side, to be stride times the input's.

    With "same" the odd one is cut after, as in TensorFlow and Keras. A number is what is cut before, the rest is cut
    after: for a kernel of 5 and a stride of 2, 2 is what the DCGAN authors' Theano does.
    """
    assert row.padding != "valid", "transposed convolutions here make stride times the side"
    cut = max(row.kernel - row.stride, 0)
    before = cut // 2 if row.padding == "same" else row.padding
    return before, cut - before
