"""From settings to a stream, of shards or of the Hub."""

from dcgan.config import Config
from dcgan.data.hubstream import HubStream
from dcgan.data.pictures import Pictures
from dcgan.data.prepare import measure_of
from dcgan.data.stream import Stream, sampled_channels
from dcgan.errors import DataError

Data = Pictures | Stream | HubStream


def open_stream(text: str, config: Config) -> Stream | HubStream:
    """Open shards, or a Hub data set, to be read as training goes; channels that are ``auto`` are those of the
    first shard, and 3 for the Hub.

    Raises:
        DataError: there are none, or a setting needs pictures that are prepared.
    """
    for name in ("dedupe", "labels"):
        if getattr(config, name):
            raise DataError(f"--{name} needs pictures that are prepared: leave out --stream")
    channels = config.channels
    if channels == "auto":
        channels = 3 if text.startswith("hub:") else sampled_channels(text)
    measure = measure_of(config, channels)
    if text.startswith("hub:"):
        return HubStream(
            text, measure, batch=config.batch, seed=config.seed, count=config.limit, mirrored=config.mirror
        )
    if config.limit is not None:
        raise DataError("--limit needs pictures that are prepared, or hub:owner/name: name fewer shards")
    return Stream(text, measure, batch=config.batch, seed=config.seed, mirrored=config.mirror)
