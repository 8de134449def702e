"""Bring what is staged into the lake, partition by partition. A partition that cannot be published stays owed."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date

from harvester.errors import Damaged
from harvester.lake.publish import publish_partition
from harvester.ledger import Unpublished
from harvester.pipeline.corrections import write_lake_docs
from harvester.pipeline.link import make_owed_links, owe_links
from harvester.pipeline.summary import Summary
from harvester.pipeline.tidy import remove_staged
from harvester.pipeline.tools import Shelf

log = logging.getLogger(__name__)

Where = tuple[date, str]


def publish_pending(shelf: Shelf, summary: Summary) -> None:
    """Publish every partition that is owed something, also what an earlier run staged and did not get to publish."""
    refused: set[Where] = set()
    while _publish_round(shelf, summary, refused):
        pass
    for failure in [*make_owed_links(shelf), *write_lake_docs(shelf)]:
        summary.add_error(failure)


def _publish_round(shelf: Shelf, summary: Summary, refused: set[Where]) -> bool:
    """Publish once what is owed; True when rows had to wait for their old day, and that day is done by now.

    A recording that moved comes into its new day only after it has left the old one: the other way round, an old day
    that cannot be read just now would keep its rows for ever.
    """
    owed = list(shelf.ledger.outbox.unpublished())
    owe_links(shelf, {each.date for each in owed})
    old = {key: (each.date, each.source) for each in owed for key in each.leaving}
    done: set[Where] = set()
    waiting: set[Where] = set()
    for partition in owed:
        where = (partition.date, partition.source)
        blocked = {key for key, _, _ in partition.staged if key in old and old[key] not in done}
        waiting |= {old[key] for key in blocked}
        ready = replace(partition, staged=tuple(each for each in partition.staged if each[0] not in blocked))
        if where in refused or not (ready.staged or ready.leaving):
            continue
        try:
            _publish(shelf, summary, ready)
        except Damaged as error:
            summary.add_error(error)
            refused.add(where)
        else:
            done.add(where)
    return bool(waiting & done)


def _publish(shelf: Shelf, summary: Summary, partition: Unpublished) -> None:
    shelf.progress.publishing(f"{partition.source} {partition.date}")
    published = publish_partition(
        shelf.lake,
        shelf.state,
        date=partition.date,
        source=partition.source,
        remove=partition.leaving,
        stages=[shelf.staging / path for _, _, path in partition.staged],
        parser_version=shelf.reader(partition.source).parser_version,
    )
    remove_staged(shelf, shelf.ledger.outbox.mark_published(partition))
    fields = {"date": partition.date, "source": partition.source, "files_rewritten": published.files_rewritten}
    log.info("lake.published", extra={"fields": fields})
    summary.partitions_published += published.files_rewritten > 0
    summary.segments_published += published.segments_staged
