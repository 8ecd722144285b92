"""What the words of an expression mean on the command line: seeds, files, the run's directions, labels."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from dcgan.api import Model
from dcgan.cli.latent.common import vectors
from dcgan.cli.latent.named import named_source
from dcgan.cli.latent.reading import ReaderOptions, needed_reader
from dcgan.errors import ConfigError, DataError
from dcgan.latent.bylabel import ByLabel
from dcgan.latent.expression import Scope, evaluate
from dcgan.latent.reader import Reader
from dcgan.parse import parse_ints

VECTORS = "dcgan-vectors"
"""The format of ``vectors.json``: it has a name and a z for each vector, and the digest of the weights."""


@dataclass(frozen=True, kw_only=True)
class WordOptions(ReaderOptions):
    """Options of experiments that take expressions."""

    exemplars: int = 3
    """How many samples label:NAME stands for: those, of the seeds 0 to 1999, that are read to have it most surely."""


def scope_of(run: str, model: Model, options: WordOptions, reader: Reader | None = None) -> Scope:
    """Return what ``seed:``, ``file:``, ``label:`` and ``direction:`` mean for a model. Without a ``reader`` of labels
    one is opened when it is first needed."""

    @cache
    def known() -> ByLabel:
        return ByLabel(reader=reader or needed_reader(run, model, options), G=model.G)

    return Scope(
        prior=model.G.config.prior,
        names={},
        sources={
            "seed": lambda text: vectors(model, parse_ints(text, "seed:")),
            "file": lambda text: read_vectors(text, model.G.config.z_dim),
            "label": lambda wish: known().vectors(wish, options.exemplars),
            "direction": named_source(run, model),
        },
    )


def read_vectors(text: str, z_dim: int) -> np.ndarray:
    """Read saved vectors: ``z.npy`` or the page's ``vectors.json``, or some of the rows, ``z.npy#0-3,7``. Rows of
    pictures without z are refused.

    Returns:
        float64 (n, z_dim).

    Raises:
        DataError: the file is missing, no array of such vectors, or has no such row.
    """
    name, _, rows = text.partition("#")
    path = Path(name).expanduser()
    found = _read_json(path, name) if path.suffix.lower() == ".json" else _read_npy(path, name)
    if found.ndim != 2 or found.shape[1] != z_dim:
        raise DataError(f"{name} is of shape {found.shape}, and this generator's z is (n, {z_dim})")
    wanted = parse_ints(rows, f"the rows of {name}") if rows else list(range(len(found)))
    if max(wanted) >= len(found):
        raise DataError(f"{name} has {len(found)} vectors, numbered from 0, so there is no {max(wanted)}")
    chosen_rows = found[wanted].astype(np.float64)
    if not np.isfinite(chosen_rows).all():
        raise DataError(f"{name} has rows without a z (a real picture, or an average): choose others, {name}#0,2-5")
    return chosen_rows


def _read_npy(path: Path, name: str) -> np.ndarray:
    try:
        found = np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise DataError(f"there is no file {name}: an experiment writes its vectors as z.npy") from error
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{name} is no array of numbers ({error}): take a .npy of vectors") from error
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "fiu":
        raise DataError(f"{name} is no array of numbers: take a .npy of vectors")
    return np.atleast_2d(found)


def _read_json(path: Path, name: str) -> np.ndarray:
    """Return the vectors that the page has saved, float64 (n, d)."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        if plain["format"] != VECTORS or plain["version"] != 1:
            raise DataError(f"{name} is no {VECTORS} of version 1: take vectors that the page has saved, or a .npy")
        found = np.array([row["z"] for row in plain["vectors"]], np.float64)
    except FileNotFoundError as error:
        raise DataError(f"there is no file {name}: the page saves its vectors as vectors.json") from error
    except DataError:
        raise
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{name} holds no vectors, or is damaged ({error!r}): save them again on the page") from error
    if not found.size:
        raise DataError(f"{name} has no vectors: save some on the page")
    return found


def exemplars_of(text: str, scope: Scope, option: str) -> np.ndarray:
    """Return the vectors that an option names, float64 (n, z_dim): seeds such as ``3,8,11``, or an expression.

    Raises:
        UserError: it is neither, or cannot be computed.
    """
    if re.fullmatch(r"[\d\s,-]+", text):
        return scope.sources["seed"](",".join(map(str, parse_ints(text, option))))
    return np.atleast_2d(evaluate(text, scope))


def key_frames(texts: list[str], scope: Scope) -> np.ndarray:
    """Return the vectors that expressions give, one or several each, float64 (K, d).

    Raises:
        UserError: one of them cannot be computed.
    """
    if not texts:
        raise ConfigError("no key frames are named: give --seeds 0-8, or --keys EXPRESSION")
    return np.concatenate([np.atleast_2d(evaluate(text, scope)) for text in texts])
