from __future__ import annotations

import pytest
from scripted import fetcher_for, job_for, listed, run_server, says

from harvester.errors import Damaged, Pending
from harvester.fetch.sniff import check_empty
from harvester.model import Kind, ListedFile


@pytest.mark.parametrize(("listed_bytes", "error"), [(0, Pending), (None, Pending), (33, Damaged)])
def test_an_empty_summary_is_a_placeholder_only_where_none_is_listed(listed_bytes, error):
    """A summary listed with content that comes empty is asked for again at once, not put off until the next look."""
    with pytest.raises(error):
        check_empty(ListedFile("s", Kind.SUMMARY, "SUMMARY", listed_bytes=listed_bytes))


@pytest.mark.parametrize("blank", [b"{}", b" [] "])
def test_an_empty_document_is_no_file_of_many_bytes(tmp_path, blank):
    """`{}` under status 200, its own length kept twice, is not archived where the listing promises a summary."""
    job = {"kind": Kind.SUMMARY, "extension": "JSON"}
    with run_server(says("200 OK", blank)) as server, fetcher_for(server.url("/")) as fetcher:
        with pytest.raises(Damaged, match="in place of 33 bytes"):
            fetcher.fetch(job_for(server, tmp_path, listed(33, **job)))
        assert list(tmp_path.iterdir()) == []
        stored = fetcher.fetch(job_for(server, tmp_path, listed(len(blank), **job)))
    assert stored.receipt.size_bytes == len(blank)
