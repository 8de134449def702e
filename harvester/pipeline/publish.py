"""Bring what is staged into the lake, partition by partition. A partition that cannot be published stays owed."""

from __future__ import annotations

import logging

from harvester.errors import Damaged
from harvester.lake.docs import write_lake_docs
from harvester.lake.publish import publish_partition
from harvester.pipeline.summary import Summary
from harvester.pipeline.tidy import remove_staged
from harvester.pipeline.tools import Shelf
from harvester.transcript import PARSER_VERSION

log = logging.getLogger(__name__)


def publish_pending(shelf: Shelf, summary: Summary) -> None:
    """Publish every partition that is owed something, also what an earlier run staged and did not get to publish."""
    for partition in list(shelf.ledger.outbox.unpublished()):
        shelf.progress.publishing(f"{partition.source} {partition.date}")
        try:
            published = publish_partition(
                shelf.lake,
                shelf.state,
                date=partition.date,
                source=partition.source,
                remove=partition.leaving,
                stages=[shelf.staging / path for _, _, path in partition.staged],
                parser_version=PARSER_VERSION,
            )
        except Damaged as error:
            summary.add_error(error)
            continue
        remove_staged(shelf, shelf.ledger.outbox.mark_published(partition))
        fields = {"date": partition.date, "source": partition.source, "files_rewritten": published.files_rewritten}
        log.info("lake.published", extra={"fields": fields})
        summary.partitions_published += published.files_rewritten > 0
        summary.segments_published += published.segments_staged
    write_lake_docs(shelf.lake)
