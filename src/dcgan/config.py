"""Typed configuration: what a model is, how a run trains, all of it frozen, validated when built, kept as JSON.

Two things are described. A ``ModelConfig`` is the architecture of G and D, layer by layer, and travels in every
snapshot. A ``Config`` is a whole run: its fields are the flags of ``dcgan train``, their docstrings its help.
"""

import math
from dataclasses import dataclass
from typing import Literal

from dcgan.errors import check
from dcgan.parse import is_colour, parse_rhythm, parse_size

Prior = Literal["normal", "uniform"]
Crop = Literal["center", "none", "pad"]
Precision = Literal["auto", "bf16", "fp16", "fp32", "tf32"]
Order = Literal["shuffled", "sequential"]
Means = Literal["color", "translation", "cutout", "mirror"]
OnTrouble = Literal["warn", "stop", "restart", "rollback"]
Loss = Literal["bce", "saturating", "least-squares", "wasserstein", "hinge", "relativistic", "relativistic-average"]


# The models ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer: an operation, then its normalisation, its activation and its dropout, in that order."""

    op: Literal["linear", "conv", "up"]
    """linear: a matrix; conv: convolution; up: transposed convolution."""
    width: int
    """Output channels."""
    kernel: int = 0
    """Side of the square kernel. 0: the whole map, as in a convolution that ends in 1x1 or starts from it."""
    stride: int = 1
    padding: int | Literal["same", "valid"] = "same"
    """Pixels on every side, or Keras's rules: "same" keeps ceil(side / stride), with the odd pixel at the bottom and
    right; "valid" pads nothing. For up, a number is what is cut before, and the rest is cut after."""
    bias: bool = True
    norm: Literal["none", "batch", "spectral"] = "none"
    act: Literal["none", "relu", "leaky", "tanh"] = "none"
    dropout: float = 0.0

    def __post_init__(self) -> None:
        check(self.width >= 1 and self.kernel >= 0 and self.stride >= 1, "a layer's sizes are positive", self)
        check(self.op != "up" or self.padding != "valid", "an up layer's padding is a number or same", self.padding)
        check(0 <= self.dropout < 1, "dropout is in [0, 1)", self.dropout)


@dataclass(frozen=True, kw_only=True)
class Style:
    """What the layers of a model share: how they start, and the constants of their normalisation and activation."""

    init: Literal["dcgan", "normal", "glorot"] = "dcgan"
    """dcgan: weights N(0, 0.02), BatchNorm gain N(1, 0.02); normal: the same with gain 1; glorot: Keras's default."""
    slope: float = 0.2
    """LeakyReLU's slope below 0."""
    bn_momentum: float = 0.1
    """Weight of the newest batch in the running statistics (PyTorch's convention; Keras's momentum is 1 minus it)."""
    bn_eps: float = 1e-5
    bn_biased: bool = False
    """Whether the running variance divides by N, as Keras does, or by N - 1, as PyTorch does."""


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The architecture of one generator and one discriminator for pictures of one size."""

    height: int
    width: int
    channels: int
    z_dim: int
    """Numbers in a latent vector z."""
    prior: Prior
    """normal: z ~ N(0, 1); uniform: z ~ U(-1, 1)."""
    base: tuple[int, int]
    """Height and width of the map that G's first layer makes of z."""
    G: tuple[Layer, ...]
    D: tuple[Layer, ...]
    style: Style = Style()
    pack: int = 1
    """Pictures that D judges together, joined along their channels."""

    def __post_init__(self) -> None:
        check(self.height >= 8 and self.width >= 8, "pictures are at least 8 pixels a side", (self.height, self.width))
        check(self.channels in (1, 3, 4), "--channels is 1 (gray), 3 (colour) or 4 (with transparency)", self.channels)
        check(1 <= self.z_dim <= 65536, "--z-dim is between 1 and 65536", self.z_dim)
        check(self.pack >= 1, "--pack is at least 1", self.pack)
        check(len(self.G) >= 2 and len(self.D) >= 2, "G and D have at least two layers", (len(self.G), len(self.D)))
        check(self.G[-1].width == self.channels and self.D[-1].width == 1, "G ends in a picture, D in one logit", self)


# A run --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ObjectiveConfig:
    """What D and G are trained towards."""

    loss: Loss = "bce"
    """bce: cross-entropy, G non-saturating; saturating: the same for D, and G maximises D's loss; relativistic: real
    and fake logits in pairs (R3GAN); relativistic-average: each logit against the mean of the other kind."""
    passes: Literal["separate", "joined", "updates"] = "separate"
    """How D sees a step's pictures: reals and fakes in two passes whose losses are added, in one joined batch whose
    loss is averaged, or in two passes with an optimiser update after each."""
    real_label: float = 1.0
    """Target of real pictures (bce, saturating, least-squares). Below 1: one-sided smoothing. 0: flipped labels."""
    fake_label: float = 0.0
    """Target of generated pictures when D is trained (the same losses)."""
    real_noise: float = 0.0
    """Noisy labels: this times U(0, 1) is added to each real target, a fresh draw an element; may be negative."""
    fake_noise: float = 0.0
    """The same for the targets of generated pictures."""
    noisy_G: bool = False
    """Whether G is trained towards the noisy real labels, or towards the plain one."""
    fresh_z: bool = False
    """Whether G's step draws a new z, or goes on with D's last pictures. With several updates a round it draws."""
    steps_D: int = 1
    """Updates of D a round, each on new real pictures and a new z."""
    steps_G: int = 1
    """Updates of G a round, after those of D."""
    r1: float = 0.0
    """Weight gamma of the R1 penalty, gamma/2 * |grad D(real)|^2; 0 is off."""
    r2: float = 0.0
    """The same on generated pictures."""
    gp: float = 0.0
    """Weight of WGAN-GP's penalty, (|grad D| - 1)^2 between real and generated pictures; 0 is off."""
    dragan: float = 0.0
    """Weight of DRAGAN's penalty, (|grad D| - 1)^2 near real pictures; 0 is off."""
    penalty_every: int = 1
    """Updates of D between penalties (lazy regularisation); each is multiplied by this number."""
    instance_noise: float = 0.0
    """Standard deviation of the Gaussian noise that is added to every picture D sees; 0 is off."""
    instance_noise_kimg: float = 0.0
    """The instance noise fades linearly to nothing over so many thousands of pictures; 0: it stays."""

    def __post_init__(self) -> None:
        for name in ("r1", "r2", "gp", "dragan", "instance_noise", "instance_noise_kimg"):
            value = getattr(self, name)
            check(0 <= value < math.inf, f"--objective.{name.replace('_', '-')} is not negative", value)
        for name in ("penalty_every", "steps_D", "steps_G"):
            value = getattr(self, name)
            check(value >= 1, f"--objective.{name.replace('_', '-')} is at least 1", value)
        level = self.loss == "least-squares" and self.real_label == self.fake_label
        check(not level, "with --objective.loss least-squares real-label and fake-label differ", self.real_label)
        coupled = self.is_relativistic or any((self.r1, self.r2, self.gp, self.dragan))
        apart = self.passes != "updates" or not coupled
        check(apart, "with --objective.passes updates the loss is not relativistic and has no penalty", self.loss)

    @property
    def is_relativistic(self) -> bool:
        """Whether the loss of a logit depends on logits of the other kind."""
        return self.loss in ("relativistic", "relativistic-average")

    @property
    def reuses_fakes(self) -> bool:
        """Whether G learns from the very pictures that D has just been trained on."""
        return not self.fresh_z and self.steps_D == self.steps_G == 1


@dataclass(frozen=True, kw_only=True)
class OptimConfig:
    """One optimiser."""

    name: Literal["adam", "rmsprop"] = "adam"
    """adam (Kingma and Ba, arXiv 1412.6980) or rmsprop (Tieleman and Hinton 2012)."""
    lr: float = 2e-4
    """Learning rate."""
    beta1: float = 0.5
    """Adam's memory of gradients."""
    beta2: float = 0.999
    """Adam's memory of squared gradients."""
    rho: float = 0.9
    """RMSprop's memory of squared gradients."""
    eps: float = 1e-8
    """Keeps the division by the root of squared gradients finite."""
    keras_eps: bool = False
    """Where eps stands: as in PyTorch, or as in Keras (Adam: added before the bias correction; RMSprop: under the
    root)."""
    weight_decay: float = 0.0
    """L2: this times the weight is added to its gradient."""
    clip: float = 0.0
    """Gradients are held within [-clip, clip], value by value; 0 is off."""
    decay: float = 0.0
    """The rate at update t is lr / (1 + decay * t); warm-up and annealing multiply it."""
    warmup_kimg: float = 0.0
    """The rate rises linearly from 0 over the run's first so many thousands of pictures; 0 is off."""
    anneal: Literal["none", "linear", "cosine"] = "none"
    """How the rate falls between anneal-from-kimg and anneal-to-kimg."""
    anneal_from_kimg: float = 0.0
    """Until so many thousands of pictures the rate is whole."""
    anneal_to_kimg: float = 0.0
    """From so many thousands of pictures on the rate is at its floor."""
    anneal_floor: float = 0.0
    """Share of the rate that is left at the end, in [0, 1]."""

    def __post_init__(self) -> None:
        check(0 < self.lr < math.inf, "--optim-G.lr and --optim-D.lr are numbers above 0", self.lr)
        memories = (self.beta1, self.beta2, self.rho)
        check(all(0 <= value < 1 for value in memories), "beta1, beta2 and rho are in [0, 1)", memories)
        check(self.eps > 0, "eps is above 0", self.eps)
        others = (self.weight_decay, self.clip, self.decay)
        check(all(value >= 0 for value in others), "weight-decay, clip and decay are not negative", others)
        check(0 <= self.warmup_kimg < math.inf, "warmup-kimg is not negative", self.warmup_kimg)
        check(0 <= self.anneal_floor <= 1, "anneal-floor is in [0, 1]", self.anneal_floor)
        start, end = self.anneal_from_kimg, self.anneal_to_kimg
        spans = self.anneal == "none" or 0 <= start < end < math.inf
        check(spans, "with anneal, anneal-from-kimg is not negative and anneal-to-kimg above it", (start, end))


@dataclass(frozen=True, kw_only=True)
class TicksConfig:
    """When a run looks at itself. A rhythm is a number and a unit: 100steps, 2kimg, 1epoch, 0.5epochs."""

    log: str = "20steps"
    """A line of means in stats.jsonl."""
    preview: str = "1epoch"
    """Pictures of the fixed z."""
    snapshot: str = "5epochs"
    """A snapshot, and the state to resume from."""
    keep: int = 10
    """Snapshots kept at most: when there are more, every second is removed and the rhythm doubles. The newest stays."""
    preview_n: int = 64
    """How many fixed z are drawn."""
    metrics: str | None = None
    """What --metrics names is measured; without it, with every snapshot."""
    metrics_n: int = 5000
    """Pictures generated for a measurement."""
    health: str = "10kimg"
    """A look for the troubles that a GAN's training knows."""

    def __post_init__(self) -> None:
        for name in ("log", "preview", "snapshot", "metrics", "health"):
            if getattr(self, name) is not None:
                parse_rhythm(getattr(self, name), f"--ticks.{name}")
        check(self.keep >= 2, "--ticks.keep is at least 2", self.keep)
        check(self.preview_n >= 1, "--ticks.preview-n is at least 1", self.preview_n)
        check(self.metrics_n >= 2, "--ticks.metrics-n is at least 2", self.metrics_n)


@dataclass(frozen=True, kw_only=True)
class PicturesConfig:
    """What a source's pictures are made to."""

    size: str = "64"
    """Side of the pictures, or HEIGHTxWIDTH."""
    channels: int | Literal["auto"] = "auto"
    """1: gray, 3: colour, 4: colour with transparency; auto: as the pictures are."""
    crop: Crop = "center"
    """center: the largest middle part of the wanted shape; none: stretched; pad: whole, with bars beside it."""
    background: str = "white"
    """What transparent pixels lie over, and what bars are made of: a colour's name, or #rrggbb."""
    labels: str | None = None
    """A file of labels: StyleGAN's dataset.json, a CSV, or a table as CelebA's. Without it: one that lies in the
    source, or class subfolders."""
    limit: int | None = None
    """At most so many files, evenly spread over the source."""
    dedupe: bool = False
    """Leave out pictures that repeat others, exactly or nearly."""

    def __post_init__(self) -> None:
        parse_size(self.size)
        known = self.channels in (1, 3, 4, "auto")
        check(known, "--channels is 1 (gray), 3 (colour), 4 (with transparency) or auto", self.channels)
        check(is_colour(self.background), "--background is a colour's name, or #rrggbb", self.background)
        check(self.limit is None or self.limit >= 1, "--limit is at least 1", self.limit)


@dataclass(frozen=True, kw_only=True)
class Config(PicturesConfig):
    """A whole run."""

    recipe: str = "modern"
    """The row of settings to start from: see `dcgan recipes`."""
    stream: bool = False
    """Read shards (.tar files, hub:owner/name) as training goes, for sets larger than the disk: nothing is prepared."""
    mirror: bool = False
    """Show every picture also mirrored, left for right, every second time."""
    augment: tuple[Means, ...] = ()
    """What is done at random to every picture that D sees, real or generated: color translation cutout mirror."""
    pack: int = 1
    """Pictures that D judges together (PacGAN)."""
    width: float = 1.0
    """Multiplies the width of every hidden layer of G and D."""
    z_dim: int = 100
    """Numbers in a latent vector z."""
    prior: Prior = "normal"
    """normal: z ~ N(0, 1); uniform: z ~ U(-1, 1)."""
    steps: int | None = None
    """Length of the run in rounds of D and G. One of steps, kimg and epochs; without any, the recipe's own length."""
    kimg: float | None = None
    """Length of the run in thousands of real pictures shown to D."""
    epochs: float | None = None
    """Length of the run in passes over the data."""
    batch: int = 64
    """Real pictures an update of D."""
    hold_back: float = 0.0
    """Share of the pictures, in [0, 0.5], that training never sees: by them it is told whether others are learnt by
    heart, and, where they are enough, what the floor of a measure is."""
    order: Order = "shuffled"
    """shuffled: a new permutation every epoch; sequential: as stored, starting over before the last partial batch."""
    seed: int = 0
    """Decides every random number of the run."""
    ema_kimg: float = 0.0
    """Half-life of the averaged G in thousands of pictures; 0: no average is kept."""
    ema_ramp: float = 0.05
    """Early in a run the half-life is at most this share of the pictures seen; 0: it is whole from the start."""
    device: str = "auto"
    """auto, cpu, cuda, cuda:1, mps."""
    precision: Precision = "auto"
    """bf16: convolutions in bfloat16, weights and losses in float32; fp16: the same in float16, with scaled losses;
    fp32; tf32: float32 with the tensor cores of a CUDA device; auto: bf16 where the hardware has it, else fp32."""
    compile: Literal["off", "on", "graphs"] = "off"
    """on: G and D go through torch.compile; graphs: also as CUDA graphs. Where that fails, training goes on without."""
    sync_bn: bool = True
    """With several processes, BatchNorm's statistics are those of the whole batch, not of each process's share."""
    objective: ObjectiveConfig = ObjectiveConfig()
    optim_G: OptimConfig = OptimConfig()
    optim_D: OptimConfig = OptimConfig()
    ticks: TicksConfig = TicksConfig()
    metrics: str = "auto"
    """Measures of quality, MEASURE:EXTRACTOR with commas between them, such as frechet:labels; the first one decides
    which snapshot is the best. auto: frechet:labels where the pictures have labels that can be learnt, else
    frechet:random. none: nothing is measured."""
    on_trouble: OnTrouble = "warn"
    """What is done about a trouble: warn: say it; stop: save and end; restart: begin again with a fresh seed where
    nothing has formed; rollback: go back to the best state, with a gentler D."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check(0 < self.width < math.inf, "--width is a number above 0", self.width)
        check(1 <= self.z_dim <= 65536, "--z-dim is between 1 and 65536", self.z_dim)
        check(self.batch >= 2, "--batch is at least 2", self.batch)
        check(self.pack >= 1, "--pack is at least 1", self.pack)
        check(self.batch % self.pack == 0, f"--batch is a multiple of --pack, {self.pack}", self.batch)
        check(len(set(self.augment)) == len(self.augment), "--augment names each means once", self.augment)
        check(0 <= self.hold_back <= 0.5, "--hold-back is a share in [0, 0.5]", self.hold_back)
        check(not self.stream or self.hold_back == 0, "with --stream --hold-back is 0", self.hold_back)
        again = not self.stream or self.on_trouble != "restart"
        check(again, "with --stream --on-trouble is warn, stop or rollback", self.on_trouble)
        check(self.ema_kimg >= 0, "--ema-kimg is not negative", self.ema_kimg)
        check(0 <= self.ema_ramp < math.inf, "--ema-ramp is not negative", self.ema_ramp)
        lengths = {"steps": self.steps, "kimg": self.kimg, "epochs": self.epochs}
        given = {name: value for name, value in lengths.items() if value is not None}
        for name in ("mirror", "stream"):
            allowed = not getattr(self, name) or self.order == "shuffled"
            check(allowed, f"--{name} goes with --order shuffled", self.order)
        check(len(given) <= 1, "give one of --steps, --kimg and --epochs", given)
        check(all(0 < value < math.inf for value in given.values()), "the length of a run is a number above 0", given)
