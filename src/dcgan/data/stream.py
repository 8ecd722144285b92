"""From settings to a stream, of shards or of the Hub."""

from typing import Any

from dcgan.config import Config
from dcgan.data.channels import sampled_channels
from dcgan.data.hubstream import HubStream
from dcgan.data.pictures import Pictures
from dcgan.data.prepare import measure_of
from dcgan.data.shardstream import ShardStream
from dcgan.data.sources.shards import open_shard, shard_paths
from dcgan.errors import DataError

Data = Pictures | ShardStream | HubStream


def open_stream(text: str, config: Config, rank: int = 0, world: int = 1) -> ShardStream | HubStream:
    """Open shards, or a Hub data set, to be read as training goes by ``world`` processes, each its part.

    Channels that are ``auto`` are those of the first shard, and 3 for the Hub.

    Raises:
        DataError: there are none, or a setting needs pictures that are prepared.
    """
    for name in ("dedupe", "labels"):
        if getattr(config, name):
            raise DataError(f"--{name} needs pictures that are prepared: leave out --stream")
    channels = config.channels
    if channels == "auto":
        channels = 3 if text.startswith("hub:") else _channels_of_shards(text)
    measure = measure_of(config, channels)
    how: dict[str, Any] = {"batch": config.batch, "seed": config.seed, "mirrored": config.mirror}
    if text.startswith("hub:"):
        return HubStream(text, measure, count=config.limit, rank=rank, world=world, **how)
    if config.limit is not None:
        raise DataError("--limit needs pictures that are prepared, or hub:owner/name: name fewer shards")
    return ShardStream(text, measure, rank=rank, world=world, **how)


def _channels_of_shards(text: str) -> int:
    """Return the channels that fit the first shard's pictures; 3 where there is none to see."""
    first = shard_paths(text)[:1]
    return (sampled_channels(open_shard(first[0])) if first else None) or 3
