"""The readers of every source this version knows, by the source's name. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from harvester.bots.imports import SOURCES, Importable
from harvester.pipeline.read_bots import BotReader
from harvester.pipeline.read_zoom import ZoomReader
from harvester.pipeline.reading import Reader
from harvester.source import ZOOM

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        ZOOM: ZoomReader(),
        **{name: BotReader(Importable(each.interpreter)) for name, each in SOURCES.items()},
    }
)
