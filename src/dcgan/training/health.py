"""What troubles a run: pure functions of the looks that were taken at it (``look.Looker.look``).

A rule counts looks, which are 10 kimg apart unless --ticks.health says otherwise: a trouble has to last, since all of
these come and go within a few hundred steps of a healthy run. docs/health.md has the rules beside what they were tuned
and tried on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

Row = dict[str, Any]

LASTING = 3  # looks in a row that show it, unless a rule says otherwise
EARLY = 800
"""Rounds before which nothing is judged: until then many a G that trains well is far behind D, and its pictures all
alike."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a rule has to know beside the looks."""

    fresh: int = 0
    """Images seen when the run was last taken back: only later looks count."""
    top_share: float | None = None
    """Share of the data's most frequent class; None without labels."""
    modes: int | None = None
    """Classes of the data."""
    margin: float = 2.0
    """Margin of D's logits from which on one that is nearly always right leaves G little to learn from; infinite where
    it is meant to be right (``watch.telling_margin``)."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A trouble, in words."""

    name: str
    since_nimg: int
    """Images seen at the first of the looks that show it."""
    seen: str
    """What is seen, since when."""
    helps: str
    """What usually helps, by which flags."""

    @property
    def sentence(self) -> str:
        return f"{self.seen}; {self.helps}"


Detector = Callable[[Sequence[Row], Context], Trouble | None]


def detect(looks: Sequence[Row], context: Context = Context()) -> list[Trouble]:
    """Return the troubles that the looks show, as they stand at the last one.

    Where one follows from another (FOLLOWS), the other alone is said.

    Args:
        looks: rows of ``Looker.look``, the oldest first, that of the untrained G among them.
        context: what else is known.
    """
    if not looks or looks[0]["nimg"] > 0:  # of a run that began without looks: the untrained G is not known
        return []
    found = {trouble.name: trouble for rule in RULES if (trouble := rule(looks, context)) is not None}
    for name, follows in FOLLOWS.items():
        if name in found:
            found = {other: trouble for other, trouble in found.items() if other not in follows}
    return list(found.values())


# Rules --------------------------------------------------------------------------------------------------------------

SURE = 0.97  # accuracy of D on reals and on fakes
AHEAD = 0.7  # the same while G's pictures are still far from the real ones
FAR = 0.5  # of the untrained G's distance
NEARER = 0.9  # of the smallest distance before: G gets nearer all the same


def discriminator_won(looks: Sequence[Row], context: Context) -> Trouble | None:
    """In each of the last LASTING looks D tells at least SURE of the reals and of the fakes right, with a margin of at
    least ``context.margin``, or AHEAD of them while the fakes are further than FAR; and the distance stays above NEARER
    of the smallest that was seen before.

    All of it is needed: many a D is far ahead for a while of a G that catches up, and a D that has just learnt what is
    wrong is what G learns from. A D whose rate is too high is not always right: it is G that gets nowhere.
    """
    since = streak(looks, context, lambda row: _ahead(row, looks[0], context.margin))
    if len(since) < LASTING or min(_distances(looks[-LASTING:])) < NEARER * min(_distances(looks[:-LASTING])):
        return None
    told = median((row["accuracy_real"] + row["accuracy_fake"]) / 2 for row in since[-LASTING:])
    return Trouble(
        name="discriminator-won",
        since_nimg=since[0]["nimg"],
        seen=f"D has won: since {_kimg(since[0])} it tells {told:.1%} right with a margin of "
        f"{since[-1]['margin']:.2g}, and G's pictures do not get nearer",
        helps="a smaller --optim-D.lr (x 0.5) or --objective.instance-noise 0.1 usually helps, and with few pictures "
        "--augment color translation cutout",
    )


def _distances(rows: Sequence[Row]) -> list[float]:
    return [row["distance"] for row in rows]


def _ahead(row: Row, first: Row, margin: float) -> bool:
    told = min(_number(row, "accuracy_real"), _number(row, "accuracy_fake"))
    return (told >= SURE and row["margin"] >= margin) or (told >= AHEAD and row["distance"] > FAR * first["distance"])


ONE = 0.05  # distance to the nearest other fake, over that of reals: all are one picture
CROWDED = 0.3  # the same: there are few different ones
NARROW = 0.35  # spread of the fakes over that of reals


def collapse(looks: Sequence[Row], context: Context) -> Trouble | None:
    """In each of the last LASTING looks the nearest other fake is at less than ONE of the distance between reals; or,
    once the fakes are nearer than FAR, at less than CROWDED, or they spread over less than NARROW of the reals' spread
    in pixels; or by labels, where they were measured, one class takes more than half of what it should leave to the
    others, or half of the classes are missing.

    What is as far as FAR is formless, and the formless is alike without having collapsed.
    """
    since = streak(looks, context, lambda row: _collapsed(row, looks[0]) or _few_modes(row, context))
    if len(since) < LASTING:
        return None
    last = since[-1]
    what = f"the nearest other picture is at {last['crowding']:.0%} of the distance between real ones"
    if last["crowding"] >= CROWDED:
        what = f"its pictures spread over {last['spread']:.0%} of the reals' spread"
    if not _collapsed(last, looks[0]):
        what = "its pictures are of few classes"
    return Trouble(
        name="collapse",
        since_nimg=since[0]["nimg"],
        seen=f"G repeats itself: since {_kimg(since[0])} {what}",
        helps="--objective.loss relativistic with --objective.r1 1 or a smaller --optim-G.lr (x 0.5) usually helps, "
        "in a new run --pack 2 or a larger --z-dim",
    )


def _collapsed(row: Row, first: Row) -> bool:
    formed = row["distance"] < FAR * first["distance"]
    return row["crowding"] < ONE or (formed and (row["crowding"] < CROWDED or row["spread"] < NARROW))


def _few_modes(row: Row, context: Context) -> bool:
    top, modes = row.get("top_share"), row.get("modes")
    heavy = top is not None and context.top_share is not None and top > (1 + context.top_share) / 2
    return heavy or (modes is not None and context.modes is not None and 2 * modes < context.modes)


FORMED = 0.67  # of the untrained G's distance


def nothing_formed(looks: Sequence[Row], context: Context) -> Trouble | None:
    """No look has yet come below FORMED of the untrained G's distance, LASTING of them after EARLY rounds."""
    late = streak(looks, context, lambda row: True)
    if len(late) < LASTING or min(_distances(looks[1:])) < FORMED * looks[0]["distance"]:
        return None
    left = late[-1]["distance"] / looks[0]["distance"]
    return Trouble(
        name="nothing-formed",
        since_nimg=0,
        seen=f"nothing has formed: after {_kimg(late[-1])} G's pictures are at {left:.0%} of the untrained one's "
        "distance to the real ones",
        helps="a new start with another --seed (--on-trouble restart does so by itself) or other --optim-G.lr and "
        "--optim-D.lr usually helps",
    )


WORSE, WORSE_BY = 2.0, 0.08  # times the best, and above it by so much of the untrained G's distance
MEASURED = 6  # values of an evaluator from which it is that which counts


def declining(looks: Sequence[Row], context: Context) -> Trouble | None:
    """The median quality of the last three looks is more than WORSE times the best such median, and above it by more
    than WORSE_BY of the first one's; the best lies at least LASTING looks back. The quality is the evaluators' first
    value from MEASURED values on, else the distance."""
    measured = [row for row in looks if row.get("quality") is not None]
    name = "quality" if len(measured) >= MEASURED else "distance"
    rows = measured if name == "quality" else list(looks)
    if len([row for row in rows if row["nimg"] > context.fresh]) < LASTING or len(rows) < 2 * LASTING:
        return None
    smooth = smoothed(rows, name)
    best = min(range(len(smooth)), key=smooth.__getitem__)
    worse = smooth[-1] > WORSE * smooth[best] and smooth[-1] > smooth[best] + WORSE_BY * max(rows[0][name], 0)
    if not worse or len(smooth) - 1 - best < LASTING:
        return None
    return Trouble(
        name="declining",
        since_nimg=rows[best + 2]["nimg"],
        seen=f"quality falls: the distance to the real pictures was {smooth[best]:.3g} at its best, at "
        f"{_kimg(rows[best + 2])}, and is {smooth[-1]:.3g} now",
        helps="stopping at the best snapshot, --optim-G.anneal linear with --optim-D.anneal linear, or going back with "
        "--on-trouble rollback usually helps",
    )


ERRORS = 4  # standard errors by which held-back pictures are too seldom the nearest
CLOSE = 0.35  # of the distances among training pictures, where nothing is held back


def memorising(looks: Sequence[Row], context: Context) -> Trouble | None:
    """In each of the last LASTING looks the share of fakes whose nearest picture is a held-back one lies more than
    ERRORS standard errors below these pictures' share of all, while G's pictures have formed and have not collapsed.

    To a G that has learnt what such pictures are like, held-back and training pictures are the same: they are drawn
    from one set, and a blurred picture is as near to both. Where nothing is held back it can only be told when it is
    gross: the median fake lies nearer to a training picture than CLOSE of the distance of these to each other.
    """
    since = streak(looks, context, lambda row: _memorised(row, looks[0]))
    if len(since) < LASTING:
        return None
    last = since[-1]
    what = f"its own lie at {last['near']:.0%} of the distance that training pictures have from each other"
    if last.get("held_share") is not None:
        what = (
            f"only {last['held_share']:.0%} of its own are nearest to a held-back one, where "
            f"{last['held_expected']:.0%} would be if it knew none"
        )
    return Trouble(
        name="memorising",
        since_nimg=since[0]["nimg"],
        seen=f"G learns pictures by heart: since {_kimg(since[0])} {what}",
        helps="more pictures, --augment color translation cutout, or ending the run earlier usually helps",
    )


def _memorised(row: Row, first: Row) -> bool:
    near, share = row.get("near"), row.get("held_share")
    if near is None:
        return False
    if share is None:
        return bool(near < CLOSE)
    formed = row["distance"] < FAR * first["distance"] and not _collapsed(row, first)
    return bool(formed and share < row["held_expected"] - ERRORS * row["held_error"])


RULES: tuple[Detector, ...] = (discriminator_won, collapse, nothing_formed, declining, memorising)
FOLLOWS = {
    "collapse": ("discriminator-won", "nothing-formed", "declining"),
    "memorising": ("discriminator-won",),
    "discriminator-won": ("nothing-formed",),
}
"""What is not said where something else is, from which it follows."""
NAMES = ("discriminator-won", "collapse", "nothing-formed", "declining", "memorising", "non-finite")


# Tools --------------------------------------------------------------------------------------------------------------


def streak(looks: Sequence[Row], context: Context, shows: Callable[[Row], bool]) -> list[Row]:
    """Return the last looks, as many as show something without a break, back to EARLY rounds or to where the run was
    last taken back."""
    found: list[Row] = []
    for row in reversed(looks):
        if row["nimg"] <= context.fresh or row["rounds"] < EARLY or not shows(row):
            break
        found.insert(0, row)
    return found


def smoothed(rows: Sequence[Row], name: str) -> list[float]:
    """Return the medians of each three values that follow each other: two fewer than rows."""
    return [median(row[name] for row in rows[i : i + 3]) for i in range(len(rows) - 2)]


def _number(row: Row, name: str) -> float:
    return float(row[name]) if row.get(name) is not None else float("nan")


def _kimg(row: Row) -> str:
    return f"{row['nimg'] / 1000:g} kimg"
